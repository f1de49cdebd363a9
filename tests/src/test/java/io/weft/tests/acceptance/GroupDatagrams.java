package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Numbered datagrams that one container sends to many. */
final class GroupDatagrams {
  private static final int PORT = 5_002;
  private static final int COUNT = 20;

  /** The number of what is sent to each listener alone, behind all others. */
  private static final byte LAST = COUNT;

  private static final int PATIENCE_MILLIS = 30_000;

  private GroupDatagrams() {}

  /**
   * Programs on all listeners get each datagram once.
   *
   * @param group a multicast address, or the broadcast address of the containers' network
   */
  static void areHeardOnce(Container speaker, String group, List<Container> listeners)
      throws IOException {
    InetAddress target = InetAddress.ofLiteral(group);
    List<DatagramSocket> ears = new ArrayList<>();
    try (DatagramSocket mouth = inside(speaker, DatagramSocket::new)) {
      for (Container listener : listeners) {
        ears.add(listen(listener, target));
      }
      for (byte number = 0; number < COUNT; number++) {
        send(mouth, number, target);
      }
      for (int i = 0; i < ears.size(); i++) {
        byte[] copies = new byte[COUNT + 1];
        while (!heardAll(copies)) {
          receive(ears.get(i), copies);
        }
        send(mouth, LAST, InetAddress.ofLiteral(listeners.get(i).address()));
        while (copies[LAST] == 0) {
          receive(ears.get(i), copies);
        }
        byte[] once = new byte[COUNT + 1];
        Arrays.fill(once, (byte) 1);
        assertArrayEquals(once, copies, "copies of each that listener " + i + " has got");
      }
    } finally {
      ears.forEach(DatagramSocket::close);
    }
  }

  private static DatagramSocket listen(Container container, InetAddress group) throws IOException {
    return inside(
        container,
        () -> {
          DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
          channel.bind(new InetSocketAddress(PORT));
          if (group.isMulticastAddress()) {
            channel.join(group, NetworkInterface.getByName("ethwe"));
          }
          channel.socket().setSoTimeout(PATIENCE_MILLIS);
          return channel.socket();
        });
  }

  private static boolean heardAll(byte[] copies) {
    for (int number = 0; number < COUNT; number++) {
      if (copies[number] == 0) {
        return false;
      }
    }
    return true;
  }

  private static void send(DatagramSocket mouth, byte number, InetAddress to) throws IOException {
    mouth.send(new DatagramPacket(new byte[] {number}, 1, to, PORT));
  }

  private static void receive(DatagramSocket ear, byte[] copies) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[1], 1);
    ear.receive(packet);
    copies[packet.getData()[0]]++;
  }

  /** Opens something in a container's namespace, to which it then belongs. */
  private interface Opening<T> {
    T open() throws IOException;
  }

  private static <T> T inside(Container container, Opening<T> opening) throws IOException {
    try (NetworkNamespace entered = NetworkNamespace.ofName(container.namespace().name())) {
      return entered.run(opening::open);
    }
  }
}
