/**
 * {@code weave trace}: which way a frame would take, asked of each router on it. Routers ask each
 * other on a gossip channel of their own, which Weave Net's pass on and ignore.
 */
@NullMarked
package io.weft.router.trace;

import org.jspecify.annotations.NullMarked;
