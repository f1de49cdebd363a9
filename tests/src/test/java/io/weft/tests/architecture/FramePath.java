package io.weft.tests.architecture;

import java.util.Map;
import java.util.Set;

/**
 * The code that runs for every frame: where it begins, and what is not part of it. It allocates,
 * locks and logs nothing, and makes no texts.
 */
final class FramePath {
  /** What the threads that move frames run again and again. */
  static final Set<String> ROOTS =
      Set.of(
          "ReceiveLoop.run",
          "VnetQueue.capture",
          "VnetQueue.captureOnce",
          "PcapBridgePort.capture",
          "PcapBridgePort.add",
          "PuntReader.readAll",
          "ReadingLoop.run");

  private static final String ONCE_A_LANE = "once for a lane and its neighbour";
  private static final String OWN_MESSAGE = "a message of the path itself, some a second at most";
  private static final String FAULT = "after a fault, by which frames are lost anyway";

  /** Methods that are called from it but not for every frame, each with when they are. */
  static final Map<String, String> SELDOM =
      Map.ofEntries(
          Map.entry("Aead.newCipher", "once for a lane and a cipher"),
          Map.entry("Aead.nonce", "the platform's cipher takes no other; once for an aggregate"),
          Map.entry("ConductorEvents.offer", OWN_MESSAGE),
          Map.entry("EspSupport.nonce", "once for a connection; a supplier beside those of frames"),
          Map.entry(
              "FastdpForwarder.open", "once for a lane, after a failure again with a heartbeat"),
          Map.entry("LibC.address", "once for a buffer, which BufferAddress remembers"),
          Map.entry("Routes.compute", "once for a source of broadcasts after each new topology"),
          Map.entry("Sleeve2Forwarder.onHeartbeat", OWN_MESSAGE),
          Map.entry("Sleeve2Forwarder.onHeartbeatAck", OWN_MESSAGE),
          Map.entry("Sleeve2Forwarder.onProbe", OWN_MESSAGE),
          Map.entry("Sleeve2Forwarder.onProbeAck", OWN_MESSAGE),
          Map.entry("Sleeve2Forwarder.onReport", OWN_MESSAGE),
          Map.entry("Sleeve2Overlay.lane", "once for a lane"),
          Map.entry("SleeveForwarder.newSender", ONCE_A_LANE),
          Map.entry("SleeveForwarder.onSpecial", OWN_MESSAGE),
          Map.entry("SleeveForwarder.sendFailed", FAULT),
          Map.entry("SleeveReceiver.lost", FAULT),
          Map.entry("SocketOption.get", "after an ICMP error of the path"),
          Map.entry("UserVxlanReceiver.heartbeat", OWN_MESSAGE),
          Map.entry("UserVxlanReceiver.lost", FAULT),
          Map.entry("VnetQueue.leaveLoop", "when the device has failed"));

  /** What a method may do all the same, by method and {@link Deed}, each with why. */
  static final Map<String, String> EXCUSED =
      Map.ofEntries(
          Map.entry("AggregateCipher.cipher ALLOCATES", "a look into a map by an enum"),
          Map.entry("FastdpOverlay.datagram ALLOCATES", "once for a lane"),
          Map.entry("ForwardingPlane$Lane.use ALLOCATES", "grows to the number of neighbours"),
          Map.entry("HandOver.ring ALLOCATES", "once for a pair of workers"),
          Map.entry("LaneCounters.addToPart ALLOCATES", "once for a lane"),
          Map.entry("PcapBridgePort.capture ALLOCATES", "once for the thread"),
          Map.entry("PcapBridgePort.capture FORMATS", "when the thread ends"),
          Map.entry("PcapBridgePort.deliver LOGS", FAULT),
          Map.entry("PuntReader.deliver LOGS", FAULT),
          Map.entry("ReadingLoop.run FORMATS", "when the thread ends"),
          Map.entry("Reassembly.begin ALLOCATES", "once for a place"),
          Map.entry("ReceiveLoop.run FORMATS", "when the thread ends"),
          Map.entry("ReplayWindow.currentBits ALLOCATES", "once for a stream"),
          Map.entry("ReplayWindow.previousBits ALLOCATES", "once for a stream"),
          Map.entry("Sleeve2Forwarder.onTraffic ALLOCATES", "when the other end is confirmed"),
          Map.entry("Sleeve2Forwarder.sender ALLOCATES", ONCE_A_LANE),
          Map.entry("SleeveForwarder.sender ALLOCATES", ONCE_A_LANE),
          Map.entry("SleeveOverlay.scratch ALLOCATES", "once for a lane"),
          Map.entry("UserVxlanOverlay.lane ALLOCATES", "once for a lane"),
          Map.entry("VnetQueue.deliver LOGS", FAULT));

  private FramePath() {}
}
