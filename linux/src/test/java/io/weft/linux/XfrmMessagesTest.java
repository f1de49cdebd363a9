package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Reads the messages by the offsets of the kernel's structures (linux/xfrm.h, 64-bit). */
class XfrmMessagesTest {
  private static final Ipv4Address SOURCE = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address DESTINATION = Ipv4Address.parse("192.0.2.2");
  private static final XfrmState STATE =
      new XfrmState(SOURCE, DESTINATION, 0xC1A2_B3D4, 0x1234_5678);
  private static final int HEADER = NetlinkRequest.HEADER_BYTES;

  @Test
  void aStateIsEspInTransportModeWithItsKeyLongNumbersAndAWideWindow() {
    byte[] key = new byte[36];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (i + 1);
    }
    ByteBuffer message = XfrmMessages.install(XfrmProtocol.XFRM_MSG_UPDSA, STATE, key).encode(4, 7);
    assertEquals(0x1A, message.getShort(4), "XFRM_MSG_UPDSA");
    assertEquals(1 | 4, message.getShort(6), "request, and an acknowledgement");
    assertEquals(0xC000_0202, network(message, HEADER + 56), "id.daddr");
    assertEquals(0xC1A2_B3D4, network(message, HEADER + 72), "id.spi");
    assertEquals(50, message.get(HEADER + 76), "id.proto");
    assertEquals(0xC000_0201, network(message, HEADER + 80), "saddr");
    for (int limit = 0; limit < 4; limit++) {
      assertEquals(-1L, message.getLong(HEADER + 96 + 8 * limit), "lifetime in bytes and packets");
      assertEquals(0, message.getLong(HEADER + 128 + 8 * limit), "lifetime in seconds");
    }
    assertEquals(0x1234_5678, message.getInt(HEADER + 208), "reqid");
    assertEquals(2, message.getShort(HEADER + 212), "family");
    assertEquals(0, message.get(HEADER + 214), "mode");
    assertEquals(128, message.get(HEADER + 216) & 0xFF, "flags");

    NetlinkAttributes attributes = attributes(message, 224);
    ByteBuffer aead = attributes.buffer(18);
    byte[] name = new byte[64];
    aead.get(0, name);
    assertEquals("rfc4106(gcm(aes))", new String(name, StandardCharsets.US_ASCII).trim());
    assertEquals(288, aead.getInt(64), "bits of the key and its salt");
    assertEquals(128, aead.getInt(68), "bits of the integrity check value");
    byte[] sent = new byte[36];
    aead.get(72, sent);
    assertArrayEquals(key, sent);
    assertEquals(72 + 36, aead.capacity());

    ByteBuffer replay = attributes.buffer(23);
    assertEquals(8, replay.getInt(0), "words of the bitmap");
    assertEquals(256, replay.getInt(20), "window");
    assertEquals(24 + 8 * 4, replay.capacity());
  }

  @Test
  void aPolicyTakesUdpWithTheMarkBetweenTwoHosts() {
    XfrmPolicy policy =
        new XfrmPolicy(SOURCE, DESTINATION, 0x20000, STATE.spi(), STATE.requestId());
    ByteBuffer message = XfrmMessages.putPolicy(policy).encode(4, 7);
    assertEquals(0x19, message.getShort(4), "XFRM_MSG_UPDPOLICY");
    assertEquals(0xC000_0202, network(message, HEADER), "sel.daddr");
    assertEquals(0xC000_0201, network(message, HEADER + 16), "sel.saddr");
    assertEquals(0, message.getLong(HEADER + 32), "any port");
    assertEquals(2, message.getShort(HEADER + 40), "sel.family");
    assertEquals(32, message.get(HEADER + 42), "sel.prefixlen_d");
    assertEquals(32, message.get(HEADER + 43), "sel.prefixlen_s");
    assertEquals(17, message.get(HEADER + 44), "sel.proto");
    assertEquals(-1L, message.getLong(HEADER + 56), "lifetime in bytes");
    assertEquals(1, message.get(HEADER + 160), "outbound");
    assertEquals(0, message.get(HEADER + 161), "allow");

    NetlinkAttributes attributes = attributes(message, 168);
    ByteBuffer template = attributes.buffer(5);
    assertEquals(64, template.capacity());
    assertEquals(0xC000_0202, network(template, 0), "id.daddr");
    assertEquals(0xC1A2_B3D4, network(template, 16), "id.spi");
    assertEquals(50, template.get(20), "id.proto");
    assertEquals(2, template.getShort(24), "family");
    assertEquals(0xC000_0201, network(template, 28), "saddr");
    assertEquals(0x1234_5678, template.getInt(44), "reqid");
    assertEquals(0, template.get(48), "mode");
    assertEquals(0, template.get(50), "not optional");
    assertEquals(-1, template.getInt(56), "every cipher");
    ByteBuffer mark = attributes.buffer(21);
    assertEquals(0x20000, mark.getInt(0), "mark");
    assertEquals(0x20000, mark.getInt(4), "its mask");
  }

  @Test
  void anAllocationAsksForAnyNumberThatStandsForAnAssociation() {
    ByteBuffer message = XfrmMessages.allocateSpi(SOURCE, DESTINATION, 9).encode(4, 7);
    assertEquals(0x16, message.getShort(4), "XFRM_MSG_ALLOCSPI");
    assertEquals(0xC000_0202, network(message, HEADER + 56), "id.daddr");
    assertEquals(0xC000_0201, network(message, HEADER + 80), "saddr");
    assertEquals(0x100, message.getInt(HEADER + 224), "least");
    assertEquals(-1, message.getInt(HEADER + 228), "greatest");
    assertEquals(HEADER + 232, message.getInt(0));
  }

  @Test
  void aStateIsDeletedByDestinationNumberAndProtocol() {
    ByteBuffer message = XfrmMessages.deleteState(STATE).encode(4, 7);
    assertEquals(0x11, message.getShort(4), "XFRM_MSG_DELSA");
    assertEquals(0xC000_0202, network(message, HEADER), "daddr");
    assertEquals(0xC1A2_B3D4, network(message, HEADER + 16), "spi");
    assertEquals(2, message.getShort(HEADER + 20), "family");
    assertEquals(50, message.get(HEADER + 22), "proto");
    assertEquals(HEADER + 24, message.getInt(0));
  }

  @Test
  void aPolicyIsDeletedByAddressesDirectionAndMark() {
    ByteBuffer message =
        XfrmMessages.policy(XfrmProtocol.XFRM_MSG_DELPOLICY, SOURCE, DESTINATION, 0x20000)
            .encode(4, 7);
    assertEquals(0x14, message.getShort(4), "XFRM_MSG_DELPOLICY");
    assertEquals(0xC000_0202, network(message, HEADER), "sel.daddr");
    assertEquals(0, message.getInt(HEADER + 56), "no index");
    assertEquals(1, message.get(HEADER + 60), "outbound");
    assertEquals(0x20000, attributes(message, 64).buffer(21).getInt(0), "mark");
  }

  private static int network(ByteBuffer message, int offset) {
    int value = message.getInt(offset);
    return message.order() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
  }

  private static NetlinkAttributes attributes(ByteBuffer message, int structureBytes) {
    return new NetlinkAttributes(message, HEADER + structureBytes, message.getInt(0));
  }
}
