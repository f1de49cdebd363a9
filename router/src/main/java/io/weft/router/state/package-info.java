/**
 * What survives the process: one file per router. A save replaces it as a whole or overwrites the
 * older of two states in it, so that a crash at any instant leaves either the old state or the new
 * one. Conductor thread, once open.
 */
@NullMarked
package io.weft.router.state;

import org.jspecify.annotations.NullMarked;
