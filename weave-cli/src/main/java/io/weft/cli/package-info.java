/**
 * The {@code weave} command. May use {@code io.weft.cni} and {@code io.weft.linux}; starts the
 * router as a process and talks to it over its control API.
 */
@NullMarked
package io.weft.cli;

import org.jspecify.annotations.NullMarked;
