package io.weft.router.trace;

/**
 * Where an end of a trace is attached.
 *
 * @param mac its hardware address, in the lower 48 bits
 * @param address its IPv4 address with the prefix length; empty when it has none
 * @param port the port of the bridge that leads to it
 */
public record Located(long mac, String address, String port) {}
