package io.weft.router.metrics;

import java.util.Locale;

/**
 * Every counter of the router: its label in {@code /metrics} is {@code weft_} and the name in lower
 * case with {@code _total} behind. {@code docs/metrics.md} lists the same; a test compares them.
 */
public enum Counter {
  /** See {@link #description()}, as for all constants. */
  FRAMES_CAPTURED("Frames captured from the bridge."),
  /** Frames from peers. */
  FRAMES_RECEIVED("Frames received from peers."),
  /** Frames put on the bridge. */
  FRAMES_INJECTED("Frames from peers put on the bridge."),
  /** Frames passed on for other peers. */
  FRAMES_RELAYED("Frames from one peer passed on toward another."),
  /** Frames that the kernel needs help with. */
  FRAMES_PUNTED("Frames from peers that the kernel overlay handed over to be passed on."),
  /** Frames captured here and sent to one peer. */
  FRAMES_SENT_UNICAST("Captured frames sent toward the one peer that has their destination."),
  /** Frames flooded. */
  FRAMES_SENT_BROADCAST("Frames sent along a broadcast tree; each counts once."),
  /** Local traffic. */
  FRAMES_LOCAL("Captured frames left to the bridge because their destination is on this host."),
  /** Shorter than an Ethernet header. */
  FRAMES_DROPPED_SHORT("Frames dropped because they are shorter than an Ethernet header."),
  /** Spanning tree. */
  FRAMES_DROPPED_STP("Spanning tree frames that were not carried to other hosts."),
  /** Conflict rule. */
  FRAMES_DROPPED_CONFLICT(
      "Captured frames dropped because their source address belongs to another peer."),
  /** Own frames coming back. */
  FRAMES_DROPPED_LOOP("Frames from peers dropped because they name this router as their source."),
  /** A source that is in no topology. */
  FRAMES_DROPPED_UNKNOWN_PEER(
      "Frames from peers dropped because their source peer is not in the topology."),
  /** No next hop. */
  FRAMES_DROPPED_NO_ROUTE("Frames dropped because no connection leads to their destination peer."),
  /** No overlay took it. */
  FRAMES_DROPPED_NO_FORWARDER(
      "Frames dropped because no overlay of the next hop could carry them."),
  /** Address hints that did not fit their queue. */
  MAC_HINTS_DROPPED("Sightings of unknown hardware addresses dropped because too many waited."),
  /** Full table. */
  MACS_DROPPED_TABLE_FULL("Hardware addresses not learned because the table is full."),
  /** Aged out. */
  MACS_EXPIRED("Hardware addresses forgotten because they were not seen for ten minutes."),
  /** Moved between peers. */
  MACS_MOVED("Hardware addresses that moved from one peer to another."),
  /** Overlay control with a bad index. */
  OVERLAY_CONTROL_IGNORED(
      "Overlay control messages ignored because they name no overlay of their connection."),
  /** Failed forwarders. */
  OVERLAY_FAILURES("Overlays that failed for good on a connection, or could not be prepared."),
  /** Forwarders that were held back. */
  OVERLAY_HOLDS("Times that an overlay was put on hold because its heartbeats did not arrive."),
  /** Events run. */
  CONDUCTOR_EVENTS("Events handled by the conductor thread."),
  /** Faults. */
  CONDUCTOR_EVENT_FAILURES("Events that ended in an unexpected error, which was logged."),
  /** Back-pressure. */
  CONDUCTOR_QUEUE_FULL_WAITS("Control events whose sender had to wait because the queue was full."),
  /** Dropped hints. */
  CONDUCTOR_HINTS_DROPPED("Hints of the data plane dropped because the event queue was full."),
  /** State writes. */
  STATE_WRITES("Times the state file was written."),
  /** Failed state writes. */
  STATE_WRITE_FAILURES("Times the state file could not be written."),
  /** HTTP requests. */
  HTTP_REQUESTS("Requests to the control and status addresses."),
  /** Malformed HTTP. */
  HTTP_BAD_REQUESTS("Requests refused because they were malformed or too large."),
  /** Too many HTTP connections. */
  HTTP_CONNECTIONS_REFUSED("HTTP connections closed because too many were open."),
  /** Slow HTTP clients. */
  HTTP_CONNECTIONS_TIMED_OUT("HTTP connections closed because no whole request came in time."),
  /** Clients that went away. */
  HTTP_REQUESTS_CANCELLED("Waiting requests cancelled because their client went away.");

  private final String description;

  Counter(String description) {
    this.description = description;
  }

  /** One sentence on what is counted. */
  public String description() {
    return description;
  }

  /** The name in the metrics page. */
  public String metricName() {
    return "weft_" + name().toLowerCase(Locale.ROOT) + "_total";
  }
}
