package io.weft.router;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.linux.Ipv4Address;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.MacAddress;
import io.weft.router.host.AddressScan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ContainerPresenceTest implements ContainerPresence.Outcome {
  private static final int BRIDGE = 1;
  private static final MacAddress MAC = MacAddress.parse("7a:00:00:00:00:01");
  private static final Map<String, Set<Ipv4Address>> ONE =
      Map.of("web", Set.of(Ipv4Address.parse("10.32.0.1")));

  private final ContainerPresence presence = new ContainerPresence(this);
  private final List<String> told = new ArrayList<>();

  /** The interfaces that may lead to a container. */
  private final Map<String, Integer> ports = new HashMap<>();

  private final Set<Integer> others = new HashSet<>(Set.of(BRIDGE));
  private final List<AddressScan.Attachment> attachments = new ArrayList<>();
  private final List<AddressScan.Attachment> offBridge = new ArrayList<>();
  private int missing;
  private boolean isReadable = true;
  private int searches;

  @Override
  public void died(String ident) {
    told.add("died " + ident);
  }

  @Override
  public void found(String ident, String port) {
    told.add("found " + ident + " " + port);
  }

  @Override
  public void doubted(String ident) {
    told.add("doubted " + ident);
  }

  private Optional<AddressScan.Result> search() {
    searches++;
    return isReadable
        ? Optional.of(
            new AddressScan.Result(
                List.of(), List.copyOf(attachments), List.copyOf(offBridge), 0, missing, 0))
        : Optional.empty();
  }

  /** Looks, and answers what the allocator is told. */
  private List<String> look() {
    Set<Integer> all = new HashSet<>(others);
    all.addAll(ports.values());
    told.clear();
    presence.look(ONE, new ContainerPresence.HostLinks(all, ports), this::search);
    return List.copyOf(told);
  }

  private void attach(String port, int index) {
    ports.put(port, index);
    attachments.add(attachment(port, Optional.of(Ipv4Prefix.parse("10.32.0.1/12"))));
  }

  private static AddressScan.Attachment attachment(String port, Optional<Ipv4Prefix> address) {
    return new AddressScan.Attachment("_", port, MAC, address);
  }

  private void vanish() {
    ports.clear();
    attachments.clear();
    offBridge.clear();
  }

  @Test
  void aContainerIsGoneWhenItsPortIsAndNoOtherPortLeadsToIt() {
    attach("vethwepl7", 7);
    assertEquals(List.of("found web vethwepl7"), look());
    assertEquals(List.of(), look());
    assertEquals(1, searches, "none for nothing");
    vanish();
    assertEquals(List.of("died web"), look());
  }

  @Test
  void aContainerAttachedAgainUnderItsIdBetweenTwoLooksWasNeverGone() {
    attach("vethwepl7", 7);
    look();
    vanish();
    attach("vethwepl8", 8);
    assertEquals(List.of("found web vethwepl8"), look());
  }

  @Test
  void aContainerAttachedAgainByAPortOfTheSameNameWasNeverGone() {
    attach("vethwepl7", 7);
    look();
    vanish();
    attach("vethwepl7", 8);
    assertEquals(List.of("found web vethwepl7"), look());
    vanish();
    assertEquals(List.of("died web"), look());
  }

  @Test
  void aContainerThatASearchMayHaveMissedIsNotGoneUntilOneIsComplete() {
    attach("vethwepl7", 7);
    look();
    vanish();
    isReadable = false;
    assertEquals(List.of(), look(), "no search");
    isReadable = true;
    missing = 1;
    assertEquals(List.of(), look(), "a namespace was not found");
    missing = 0;
    assertEquals(List.of("died web"), look());
  }

  @Test
  void aContainerAttachedAgainWhosePortHasNoAddressYetIsNotGone() {
    attach("vethwepl7", 7);
    look();
    vanish();
    ports.put("vethwepl8", 8);
    attachments.add(attachment("vethwepl8", Optional.empty()));
    assertEquals(List.of(), look());
    attachments.clear();
    attach("vethwepl8", 8);
    assertEquals(List.of("found web vethwepl8"), look());
  }

  @Test
  void aPortThatStaysWithoutAnAddressHidesNobodysDeath() {
    attach("vethwepl7", 7);
    look();
    vanish();
    ports.put("vethwepl8", 8);
    attachments.add(attachment("vethwepl8", Optional.empty()));
    look();
    assertEquals(List.of("died web"), look());
  }

  @Test
  void aContainerDeclaredGoneIsSearchedForByEveryLookAlthoughNoPortComes() {
    attach("vethwepl7", 7);
    look();
    ports.clear();
    List<AddressScan.Attachment> kept = List.copyOf(attachments);
    attachments.clear();
    look();
    ports.put("vethwepl8", 8);
    look();
    assertEquals(List.of(), look(), "its address comes later");
    attachments.add(attachment("vethwepl8", kept.getFirst().address()));
    assertEquals(List.of("found web vethwepl8"), look());
    assertEquals(List.of(), look());
  }

  @Test
  void aContainerDeclaredGoneIsKeptWhenTheHostCannotBeSearchedAnyMore() {
    attach("vethwepl7", 7);
    look();
    vanish();
    assertEquals(List.of("died web"), look());
    isReadable = false;
    assertEquals(List.of("doubted web"), look());
    isReadable = true;
    assertEquals(List.of("died web"), look());
    told.clear();
    presence.doubt();
    assertEquals(List.of("doubted web"), told);
  }

  @Test
  void aPortTakenOffTheBridgeLeadsToItsContainerStill() {
    attach("vethwepl7", 7);
    look();
    vanish();
    others.add(7);
    assertEquals(List.of(), look(), "it is on the host, whatever its name");
    others.remove(7);
    ports.put("vethwepl8", 8);
    offBridge.add(attachment("vethwepl8", Optional.of(Ipv4Prefix.parse("10.32.0.1/24"))));
    assertEquals(List.of("found web vethwepl8"), look(), "attached to another bridge");
  }

  @Test
  void aHostThatCannotBeSearchedIsNotSearchedForEver() {
    isReadable = false;
    ports.put("vethwepl7", 7);
    for (int i = 0; i < 2 * ContainerPresence.MISSES_MAX; i++) {
      look();
    }
    assertEquals(ContainerPresence.MISSES_MAX, searches);
  }
}
