package io.weft.linux;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Queueing disciplines of one namespace; see {@link Netlink} for threads and errors. */
public final class Qdiscs {
  private static final int TRAFFIC_CONTROL_BYTES = 20;

  private final NetlinkChannel channel;

  Qdiscs(NetlinkChannel channel) {
    this.channel = channel;
  }

  /**
   * A queueing discipline.
   *
   * @param linkIndex the interface whose frames it treats
   * @param kind such as {@code noqueue}, {@code tbf}, {@code ingress} or {@code clsact}
   */
  public record Qdisc(int linkIndex, String kind) {}

  /** Those of all interfaces. */
  public List<Qdisc> list() throws IOException {
    ListReader<Qdisc> reader =
        new ListReader<>(
            Rtnetlink.RTM_NEWQDISC,
            TRAFFIC_CONTROL_BYTES,
            (structure, attributes) ->
                Optional.of(new Qdisc(structure.getInt(4), attributes.text(Rtnetlink.TCA_KIND))));
    NetlinkRequest request =
        new NetlinkRequest(Rtnetlink.RTM_GETQDISC, 0)
            .bytes(SocketConstants.AF_UNSPEC, 0, 0, 0)
            .word(0)
            .word(0)
            .word(0)
            .word(0);
    channel.dump(request, "list queueing disciplines", reader);
    return reader.objects();
  }
}
