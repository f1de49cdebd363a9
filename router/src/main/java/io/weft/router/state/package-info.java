/**
 * What survives the process: one file per router, written as a whole and never in place, so that a
 * crash at any instant leaves either the old state or the new one. Conductor thread, once open.
 */
@NullMarked
package io.weft.router.state;

import org.jspecify.annotations.NullMarked;
