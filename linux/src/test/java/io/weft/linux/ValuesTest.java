package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValuesTest {
  @Test
  void readsAndPrintsAddresses() {
    assertEquals("255.0.10.1", Ipv4Address.parse("255.0.10.1").toString());
    assertEquals("10.32.0.1/12", Ipv4Prefix.parse("10.32.0.1/12").toString());
    assertEquals("7a:f4:56:87:76:3b", MacAddress.parse("7a:f4:56:87:76:3b").toString());
  }

  @Test
  void refusesWhatIsNotAnAddress() {
    for (String text : List.of("", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "a.b.c.d")) {
      assertThrows(IllegalArgumentException.class, () -> Ipv4Address.parse(text), text);
    }
    for (String text : List.of("1.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/+8", "1.2.3.4/008")) {
      assertThrows(IllegalArgumentException.class, () -> Ipv4Prefix.parse(text), text);
    }
    for (String text : List.of("", "7a:f4:56:87:76", "7a-f4-56-87-76-3b", "7a:f4:56:87:76:xx")) {
      assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text), text);
    }
  }

  @Test
  void aPrefixKnowsItsNetwork() {
    Ipv4Prefix prefix = Ipv4Prefix.parse("10.47.1.2/12");
    assertEquals(Ipv4Prefix.parse("10.32.0.0/12"), prefix.network());
    assertEquals(Ipv4Address.parse("10.47.255.255"), prefix.broadcast());
    assertTrue(prefix.contains(Ipv4Address.parse("10.33.0.1")));
    assertFalse(prefix.contains(Ipv4Address.parse("10.48.0.1")));
    assertTrue(Ipv4Prefix.EVERYTHING.contains(Ipv4Address.parse("255.255.255.255")));
  }

  @Test
  void noFunctionIsBoundWithMoreParametersThanTheBindingPassesWhole() {
    for (Class<?> library : List.of(LibC.Functions.class, Sodium.Functions.class)) {
      for (Method function : library.getMethods()) {
        assertTrue(function.getParameterCount() <= 5, function.getName());
      }
    }
  }

  @Test
  void aHostCanHaveAnyAddressButThoseOfItselfOfGroupsAndOfEverybody() {
    for (String text : List.of("10.32.0.1/12", "223.255.255.255/8", "240.0.0.1/8", "10.0.0.1/32")) {
      assertTrue(Ipv4Prefix.parse(text).canBeOfAHost(), text);
    }
    for (String text :
        List.of(
            "0.0.0.1/8",
            "127.0.0.1/8",
            "224.0.0.1/24",
            "239.255.255.255/24",
            "255.255.255.255/32",
            "10.9.0.7/0")) {
      assertFalse(Ipv4Prefix.parse(text).canBeOfAHost(), text);
    }
  }

  @Test
  void attributesThatLieAboutTheirLengthEndTheReading() {
    ByteBuffer message = LibC.allocate(24);
    message.putShort((short) 8).putShort((short) 1).putInt(7);
    message.putShort((short) 200).putShort((short) 2).putInt(8);
    NetlinkAttributes attributes = new NetlinkAttributes(message, 0, message.capacity());
    assertEquals(7, attributes.integer(1, -1));
    assertEquals(-1, attributes.integer(2, -1));
    message.putShort(8, (short) 0);
    assertEquals(-1, new NetlinkAttributes(message, 0, 24).integer(2, -1));
    message.putShort(0, (short) 6);
    assertEquals(-1, new NetlinkAttributes(message, 0, 24).integer(1, -1), "too short for it");
  }
}
