package io.weft.gossip.overlay;

import java.util.Arrays;
import java.util.List;

/** Writes down, a line each, what a connection reports to its mesh. */
public class ForwarderLog implements ForwarderEvents {
  /** The lines, the oldest first. */
  protected final List<String> lines;

  /** A log at the end of {@code lines}. */
  public ForwarderLog(List<String> lines) {
    this.lines = lines;
  }

  @Override
  public final void established() {
    lines.add("established");
  }

  @Override
  public final void healthy(boolean healthy) {
    lines.add("healthy " + healthy);
  }

  @Override
  public final void failed(String reason) {
    lines.add("failed " + reason);
  }

  @Override
  public final void sendControl(int subTag, byte[] body) {
    lines.add("control " + subTag + " " + Arrays.toString(body));
  }
}
