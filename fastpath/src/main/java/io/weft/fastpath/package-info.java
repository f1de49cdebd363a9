/**
 * The kernel overlay, offered to peers as {@code fastdp}: a collect-metadata VXLAN device and tc
 * eBPF programs, which forward while the router keeps the tables they go by.
 *
 * <pre>
 *   bridge --&gt; vethwe-bridge, egress: from_bridge --&gt; vxlan-6784 ==&gt; peers
 *                             ingress &lt;-- from_vxlan: vxlan-6784 &lt;== peers
 * </pre>
 *
 * <p>{@link io.weft.fastpath.KernelPath} is what lives in the kernel, {@link
 * io.weft.fastpath.FastdpOverlay} what the mesh sees. May use {@code io.weft.gossip}, {@code
 * io.weft.linux} and what {@code io.weft.sleeve} has of datagrams, segments and threads.
 */
@NullMarked
package io.weft.fastpath;

import org.jspecify.annotations.NullMarked;
