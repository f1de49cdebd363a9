/**
 * The CNI plugins {@code weave-net} and {@code weave-ipam}, versions 0.1.0 to 1.1.0 of the CNI
 * specification. They run inside the router; a small program in C carries each call to it, so that
 * no pod waits for a virtual machine to start (docs/cni.md).
 *
 * <p>May use {@code io.weft.linux} and the package above; the router gives it what it needs through
 * {@link io.weft.cni.plugin.RouterServices}.
 */
@NullMarked
package io.weft.cni.plugin;

import org.jspecify.annotations.NullMarked;
