package io.weft.fastpath;

import io.weft.linux.Ipv4Address;

/**
 * Between which addresses packets are to be encrypted, and by which number the kernel knows those
 * that come in.
 *
 * @param local our address
 * @param remote the neighbour's address
 * @param vxlanPort UDP port of VXLAN, in both directions
 * @param inboundSpi of packets from the neighbour, 32 bits
 */
public record EspPath(Ipv4Address local, Ipv4Address remote, int vxlanPort, int inboundSpi) {}
