/**
 * The packet filter rules that a host with a bridge needs (overlay.md D.4): which they are, how
 * they are written for nftables and for iptables, and that they are put back when somebody flushes
 * them.
 */
@NullMarked
package io.weft.router.firewall;

import org.jspecify.annotations.NullMarked;
