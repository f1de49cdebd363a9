/**
 * Many routers in one process: the real mesh and the real allocator on a simulated network, clock
 * and disk. Everything follows from a seed, and the same seed gives the same run.
 */
@NullMarked
package io.weft.tests.simulation;

import org.jspecify.annotations.NullMarked;
