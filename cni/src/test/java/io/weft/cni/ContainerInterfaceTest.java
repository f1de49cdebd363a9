package io.weft.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Link;
import io.weft.linux.Netlink;
import io.weft.linux.NetworkNamespace;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cable that the CNI plugin makes, on a bridge with a neighbour that listens. */
@RequiresRoot
final class ContainerInterfaceTest {
  private static final Ipv4Prefix ADDRESS = Ipv4Prefix.parse("10.32.0.1/12");
  private static final int ARP = 0x0806;
  private static final int ROOM = 2_000;
  private static final int SENDER_OFFSET = 28;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final ContainerInterface.Settings SETTINGS =
      new ContainerInterface.Settings(0, false, true, Optional.empty());

  @AutoClose private final TestNamespaces namespaces = new TestNamespaces();
  private final NetworkNamespace host = namespaces.create();
  private final NetworkNamespace inside = namespaces.create();
  private final ContainerInterface cable = new ContainerInterface("vethweplpod", "eth0", inside);

  ContainerInterfaceTest() throws IOException {}

  /** A new port forwards until the kernel has seen that it has no carrier yet. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNeighbourHearsOfTheAddressWhetherTheBridgeForwardsAtOnceOrLater(boolean later)
      throws Exception {
    host.perform(() -> {
      try (Netlink netlink = Netlink.open()) {
        cable.create(netlink, bridgeWithNeighbour(netlink), SETTINGS);
        if (later) {
          await(netlink, "vethweplpod", false);
        }
        try (PacketSocket neighbour =
            PacketSocket.open(netlink.links().get("listens").index(), ARP)) {
          cable.configure(netlink, List.of(ADDRESS), List.of(), SETTINGS);
          assertEquals(ADDRESS.address().value(), announced(neighbour));
        }
      }
    });
  }

  /** On a thread of its own: no interrupt ends the wait, and the test would not fail but hang. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPortThatStaysDownIsNotWaitedForWithoutEnd() throws Exception {
    host.perform(() -> {
      try (Netlink netlink = Netlink.open()) {
        Link port = cable.create(netlink, bridgeWithNeighbour(netlink), SETTINGS);
        netlink.links().setDown(port.index());
        await(netlink, "vethweplpod", false);
        Link guest = cable.configure(netlink, List.of(ADDRESS), List.of(), SETTINGS);
        assertEquals("eth0", guest.name());
      }
    });
  }

  private static Link bridgeWithNeighbour(Netlink netlink) throws IOException {
    netlink.links().createBridge("weave");
    netlink.links().createVethPair("neighbour", "listens", 1500);
    Link bridge = netlink.links().get("weave");
    netlink.links().enslave(netlink.links().get("neighbour").index(), bridge.index());
    for (String name : List.of("weave", "neighbour", "listens")) {
      netlink.links().setUp(netlink.links().get(name).index());
    }
    await(netlink, "neighbour", true);
    return bridge;
  }

  private static void await(Netlink netlink, String name, boolean running) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS);
    while (netlink.links().get(name).isRunning() != running) {
      assertTrue(System.nanoTime() - deadline < 0, () -> name + " is running: " + !running);
      Thread.onSpinWait();
    }
  }

  /** Whose address the next ARP message is about. */
  private static int announced(PacketSocket socket) throws IOException {
    ByteBuffer frame = ByteBuffer.allocateDirect(ROOM);
    try (Poller poller = Poller.open(1)) {
      poller.add(socket, 0);
      assertTrue(poller.await(TIMEOUT_MILLIS) > 0, "the neighbour hears of the address");
      assertTrue(socket.receive(frame, 0, ROOM) > 0);
    }
    return frame.getInt(SENDER_OFFSET);
  }
}
