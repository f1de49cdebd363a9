package io.weft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttachmentArgumentsTest {

  private static AttachmentArguments parse(String... arguments) {
    return AttachmentArguments.parse(List.of(arguments));
  }

  @Test
  void readsEveryFormOfAnAddress() {
    AttachmentArguments parsed =
        parse("10.2.1.1/24", "ip:10.2.1.2/24", "net:10.3.0.0/16", "net:default", "4711");

    assertEquals("4711", parsed.container());
    assertEquals(
        List.of(
            new AddressRequest.Exact(Ipv4Prefix.parse("10.2.1.1/24")),
            new AddressRequest.Exact(Ipv4Prefix.parse("10.2.1.2/24")),
            new AddressRequest.FromSubnet(Ipv4Prefix.parse("10.3.0.0/16")),
            new AddressRequest.FromDefaultSubnet()),
        parsed.requests());
  }

  @Test
  void findsTheContainerInAnyPlace() {
    assertEquals("netns:/run/netns/a", parse("netns:/run/netns/a", "10.2.1.1/24").container());
    assertEquals("blue", parse("10.2.1.1/24", "blue").container());
  }

  @Test
  void meansTheDefaultSubnetWithoutAnAddress() {
    assertEquals(List.of(new AddressRequest.FromDefaultSubnet()), parse("blue").requests());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.2.1.1", "10.2.1.1/33", "ip:x", "net:", "net:10.2.1.0", "10.2.1.300/8"})
  void refusesWhatIsMeantAsAnAddressAndIsNone(String address) {
    CommandFailure refusal = assertThrows(CommandFailure.class, () -> parse(address, "blue"));

    assertEquals(1, refusal.exitCode());
  }

  @Test
  void wantsExactlyOneContainer() {
    assertThrows(CommandFailure.class, () -> parse("10.2.1.1/24"));
    CommandFailure refusal = assertThrows(CommandFailure.class, () -> parse("blue", "green"));
    assertTrue(String.valueOf(refusal.getMessage()).contains("blue and green"));
  }
}
