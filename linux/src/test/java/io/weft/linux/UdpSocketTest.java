package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresRoot
class UdpSocketTest {
  private static final Ipv4Address LEFT = Ipv4Address.parse("10.77.0.1");
  private static final Ipv4Address RIGHT = Ipv4Address.parse("10.77.0.2");
  private static final int PORT = 6783;
  private static final int WAIT_MILLIS = 10_000;

  private final TestNamespaces namespaces = new TestNamespaces();
  private NetworkNamespace left;
  private NetworkNamespace right;

  @BeforeEach
  void makeTwoHosts() throws IOException {
    left = namespaces.create();
    right = namespaces.create();
    TestNamespaces.join(left, right, "veth0", "10.77.0", 1500);
  }

  @AfterEach
  void removeThem() throws IOException {
    namespaces.close();
  }

  @Test
  void carriesAVectorOfDatagramsWithTheirSources() throws IOException {
    try (UdpSocket sender = left.run(UdpSocket::open);
        UdpSocket receiver = right.run(UdpSocket::open);
        Poller poller = Poller.open(1)) {
      sender.bind(LEFT, PORT);
      sender.disableChecksum();
      receiver.bind(Ipv4Address.ANY, PORT);
      receiver.setReceiveBufferBytes(1 << 20);
      poller.add(receiver, 5);
      ByteBuffer slab = ByteBuffer.allocateDirect(100_000);
      SendVector vector = new SendVector(slab, 64);
      int total = 50;
      for (int i = 0; i < total; i++) {
        slab.putInt(i * 1000, i);
        vector.add(i * 1000, 4 + i, RIGHT.value(), PORT);
      }
      assertEquals(total, sender.send(vector, 0));

      ReceiveVector received = new ReceiveVector(16, 2000);
      int seen = 0;
      while (seen < total) {
        assertEquals(1, poller.await(WAIT_MILLIS), "datagram " + seen + " came");
        assertEquals(5, poller.readyToken(0));
        int count = receiver.receive(received);
        assertTrue(count > 0, "received " + count);
        for (int i = 0; i < count; i++) {
          assertEquals(seen, received.slab().getInt(received.offset(i)));
          assertEquals(4 + seen, received.length(i));
          assertEquals(LEFT.value(), received.sourceAddress(i));
          assertEquals(PORT, received.sourcePort(i));
          assertFalse(received.truncated(i));
          seen++;
        }
      }
      assertEquals(0, receiver.receive(received), "nothing is left");
    }
  }

  @Test
  void theKernelCutsARunAndJoinsItAgain() throws IOException {
    try (UdpSocket sender = left.run(UdpSocket::open);
        UdpSocket receiver = right.run(UdpSocket::open);
        UdpSocket plain = right.run(UdpSocket::open);
        Poller poller = Poller.open(2)) {
      assertTrue(sender.cutsRuns());
      sender.bind(LEFT, PORT);
      receiver.bind(RIGHT, PORT);
      assertTrue(receiver.joinDatagrams());
      plain.bind(RIGHT, PORT + 1);
      poller.add(receiver, 1);
      poller.add(plain, 2);
      ByteBuffer slab = ByteBuffer.allocateDirect(10_000);
      for (int i = 0; i < 10; i++) {
        slab.putInt(i * 1000, i);
      }
      SendVector vector = new SendVector(slab, 3);
      vector.addRun(0, 3500, 1000, RIGHT.value(), PORT);
      vector.add(4000, 500, RIGHT.value(), PORT);
      vector.addRun(5000, 1500, 1000, RIGHT.value(), PORT + 1);
      assertEquals(3, sender.send(vector, 0));

      ReceiveVector received = new ReceiveVector(8, 65_535);
      assertEquals(2, poller.await(WAIT_MILLIS));
      assertEquals(2, receiver.receive(received), "the run and the single datagram");
      assertEquals(3500, received.length(0));
      assertEquals(1000, received.segmentBytes(0));
      assertEquals(3, received.slab().getInt(received.offset(0) + 3000));
      assertEquals(500, received.length(1));
      assertEquals(0, received.segmentBytes(1));
      assertEquals(2, plain.receive(received), "who does not let the kernel join gets datagrams");
      assertEquals(1000, received.length(0));
      assertEquals(0, received.segmentBytes(0), "what the last receive said is forgotten");
      assertEquals(500, received.length(1));
    }
  }

  @Test
  void aRunIsRefusedAbovePathMtuAndWithoutChecksums() throws IOException {
    try (UdpSocket sender = left.run(UdpSocket::open);
        UdpSocket receiver = right.run(UdpSocket::open)) {
      receiver.bind(RIGHT, PORT);
      sender.setPathMtuDiscovery(UdpSocket.PathMtuDiscovery.DO);
      sender.bind(LEFT, PORT);
      sender.connect(RIGHT, PORT);
      SendVector vector = new SendVector(ByteBuffer.allocateDirect(4000), 1);
      vector.addRun(0, 4000, 1473);
      int refused = sender.send(vector, 0);
      // Linux 6.13 changed its mind about the number.
      assertTrue(refused == -Errno.EINVAL || refused == -Errno.EMSGSIZE, "send is " + refused);
      vector.clear();
      vector.addRun(0, 4000, 1472);
      assertEquals(1, sender.send(vector, 0));
      sender.disableChecksum();
      assertEquals(-Errno.EINVAL, sender.send(vector, 0));
    }
  }

  @Test
  void theConnectedSocketIsPreferredForItsPeer() throws IOException {
    try (UdpSocket all = right.run(UdpSocket::open);
        UdpSocket peer = right.run(UdpSocket::open);
        UdpSocket sender = left.run(UdpSocket::open);
        Poller poller = Poller.open(2)) {
      all.bind(Ipv4Address.ANY, PORT);
      peer.bind(RIGHT, PORT);
      peer.connect(LEFT, PORT);
      sender.bind(LEFT, PORT);
      poller.add(all, 1);
      poller.add(peer, 2);
      ByteBuffer data = ByteBuffer.allocateDirect(10);
      assertEquals(10, sender.sendTo(data, 0, 10, RIGHT.value(), PORT));
      assertEquals(1, poller.await(WAIT_MILLIS));
      assertEquals(2, poller.readyToken(0));
      assertEquals(RIGHT, peer.localAddress());
      assertEquals(PORT, peer.localPort());
    }
  }

  @Test
  void aPortOfTheKernelsChoiceIsNobodyElsesUntilItIsNamed() throws IOException {
    int first = 40_000;
    int ports = 8;
    String range = first + " " + (first + ports - 1);
    left.run(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), range));
    List<UdpSocket> sockets = new ArrayList<>();
    try {
      Set<Integer> chosen = new TreeSet<>();
      for (int i = 0; i < ports; i++) {
        chosen.add(bind(sockets, 0).localPort());
      }
      assertEquals(ports, chosen.size(), () -> "each another: " + chosen);
      LinuxException full = assertThrows(LinuxException.class, () -> bind(sockets, 0));
      assertEquals(Errno.EADDRINUSE, full.errno());
      assertEquals(first, bind(sockets, first).localPort(), "shared by who names it");
    } finally {
      sockets.forEach(UdpSocket::close);
    }
  }

  private UdpSocket bind(List<UdpSocket> opened, int port) throws IOException {
    UdpSocket socket = left.run(UdpSocket::open);
    opened.add(socket);
    socket.bind(LEFT, port);
    return socket;
  }

  @Test
  void reportsTheMtuAfterRefusingWhatIsLonger() throws IOException {
    try (UdpSocket sender = left.run(UdpSocket::open);
        UdpSocket receiver = right.run(UdpSocket::open)) {
      // Without an open port at the other end its ICMP answers would be reported here as well.
      receiver.bind(RIGHT, PORT);
      sender.bind(LEFT, PORT);
      sender.connect(RIGHT, PORT);
      sender.setPathMtuDiscovery(UdpSocket.PathMtuDiscovery.DO);
      ByteBuffer data = ByteBuffer.allocateDirect(60_000);
      assertEquals(-Errno.EMSGSIZE, sender.send(data, 0, 60_000));
      assertEquals(1500, sender.pathMtuBytes());
      assertEquals(1472, sender.send(data, 0, 1472));
      SendVector vector = new SendVector(data, 3);
      vector.add(0, 1472);
      vector.add(0, 1473);
      vector.add(0, 10);
      assertEquals(1, sender.send(vector, 0), "only the one before the long one");
      assertEquals(-Errno.EMSGSIZE, sender.send(vector, 1), "the long one's own error");
      assertEquals(1, sender.send(vector, 2));
    }
  }

  @Test
  void fragmentsWhatIsLongerWhenAllowed() throws IOException {
    try (UdpSocket sender = left.run(UdpSocket::open);
        UdpSocket receiver = right.run(UdpSocket::open);
        Poller poller = Poller.open(1)) {
      receiver.bind(RIGHT, PORT);
      poller.add(receiver, 0);
      sender.setPathMtuDiscovery(UdpSocket.PathMtuDiscovery.DONT);
      ByteBuffer data = ByteBuffer.allocateDirect(60_001);
      assertEquals(60_001, sender.sendTo(data, 0, 60_001, RIGHT.value(), PORT));
      assertEquals(1, poller.await(WAIT_MILLIS));
      ReceiveVector received = new ReceiveVector(1, 1000);
      assertEquals(1, receiver.receive(received));
      assertTrue(received.truncated(0));
      assertEquals(1000, received.length(0));
    }
  }

  @Test
  void tellsAClosedPortFromOtherErrors() throws IOException {
    try (UdpSocket sender = left.run(UdpSocket::open);
        Poller poller = Poller.open(1)) {
      sender.connect(RIGHT, PORT);
      poller.add(sender, 0);
      ByteBuffer data = ByteBuffer.allocateDirect(10);
      assertEquals(10, sender.send(data, 0, 10));
      assertEquals(1, poller.await(WAIT_MILLIS), "the ICMP answer makes it readable");
      assertEquals(-Errno.ECONNREFUSED, sender.receive(new ReceiveVector(1, 100)));
      assertEquals(0, sender.receive(new ReceiveVector(1, 100)));
    }
  }
}
