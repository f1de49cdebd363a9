package io.weft.linux;

/**
 * What an interface has counted since it was made.
 *
 * @param receivedPackets super-frames count as one
 * @param receivedBytes as its driver counts them
 */
public record LinkStatistics(
    long receivedPackets,
    long sentPackets,
    long receivedBytes,
    long sentBytes,
    long receivedDropped,
    long sentDropped) {}
