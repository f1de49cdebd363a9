package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.linux.Errno;
import io.weft.linux.Ipv4Address;
import io.weft.linux.LinuxException;
import io.weft.linux.VxlanPeer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who has the ports of VXLAN, in virtual time. */
final class DeviceSwitchTest {
  private static final List<VxlanPeer> ONE = List.of(device(1));
  private static final List<VxlanPeer> TWO = List.of(device(1), device(2));
  private static final String OBJECTION = "the mesh is not full";

  private final EventTime time = new EventTime(7_000, 0);
  private final List<String> log = new ArrayList<>();
  private final Ports ports = new Ports();
  private final DeviceSwitch choice = new DeviceSwitch(time, ports);

  @AfterEach
  void aPortNeverHasTwoOwners() {
    assertFalse(ports.collided, () -> "two owners: " + log);
  }

  @Test
  void devicesBeginWhenTheMeshHasBeenFullForAWhileAndNotBefore() {
    choice.update(ONE, OBJECTION);
    assertEquals(Timed.NEVER, choice.nextDeadlineNanos());
    assertEquals(OBJECTION, choice.whyNot());
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS - 1);
    assertFalse(choice.isInKernel());
    assertEquals("the mesh has not been full for long", choice.whyNot());
    choice.update(ONE, OBJECTION);
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS - 1);
    assertEquals(List.of(), drain(), "the time begins anew");
    advance(1);
    assertTrue(choice.isInKernel());
    assertEquals("", choice.whyNot());
    assertEquals(List.of("close", "devices 1"), drain());
  }

  @Test
  void theRouterTakesOverAtOnceAndDevicesComeBackLater() {
    enter();
    choice.update(ONE, OBJECTION);
    assertFalse(choice.isInKernel());
    assertTrue(choice.isRouters());
    assertEquals(List.of("devices 0", "open"), drain());
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS);
    assertEquals(List.of("close", "devices 1"), drain());
  }

  @Test
  void devicesFollowTheirNeighboursWithoutTheRouter() {
    enter();
    choice.update(ONE, "");
    assertEquals(List.of(), drain(), "nothing has changed");
    choice.update(TWO, "");
    assertEquals(List.of("devices 2"), drain());
    assertTrue(choice.isInKernel());
  }

  @Test
  void aPortThatIsStillBeingReadIsWaitedFor() {
    ports.heldFor = 2;
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS);
    assertFalse(choice.isInKernel());
    assertFalse(choice.isRouters());
    advance(DeviceSwitch.RETRY_NANOS);
    advance(DeviceSwitch.RETRY_NANOS);
    assertTrue(choice.isInKernel());
    assertEquals(List.of("close", "held", "held", "devices 1"), drain());
  }

  @Test
  void theMeshMayCeaseToBeFullMeanwhile() {
    ports.heldFor = 1;
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS);
    choice.update(ONE, OBJECTION);
    assertTrue(choice.isRouters());
    assertEquals(List.of("close", "held", "devices 0", "open"), drain());
    assertEquals(Timed.NEVER, choice.nextDeadlineNanos());
  }

  @Test
  void aKernelThatRefusesIsAskedAgainMuchLater() {
    ports.refuses = true;
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS);
    assertEquals(List.of("close", "refused", "devices 0", "open"), drain());
    assertTrue(choice.isRouters());
    assertTrue(choice.whyNot().contains("test"), choice.whyNot());
    ports.refuses = false;
    choice.update(ONE, OBJECTION);
    choice.update(ONE, "");
    advance(DeviceSwitch.FAILED_PAUSE_NANOS - 1);
    assertEquals(List.of(), drain());
    advance(1);
    assertTrue(choice.isInKernel());
  }

  @Test
  void aDeviceThatSomebodyDeletesBringsTheRouterBack() {
    enter();
    advance(DeviceSwitch.CHECK_NANOS);
    assertTrue(choice.isInKernel());
    ports.intact = false;
    advance(DeviceSwitch.CHECK_NANOS);
    assertTrue(choice.isRouters());
    assertEquals(List.of("devices 0", "open"), drain());
    assertEquals("a device was taken away", choice.whyNot());
  }

  @Test
  void aPortThatSomebodyElseHasTakenIsTriedForEver() {
    enter();
    ports.taken = true;
    choice.update(ONE, OBJECTION);
    for (int i = 0; i < 2 * DeviceSwitch.QUICK_RETRIES; i++) {
      assertFalse(choice.nextDeadlineNanos() == Timed.NEVER);
      advance(choice.nextDeadlineNanos() - time.nanos());
    }
    choice.update(ONE, "");
    drain();
    ports.taken = false;
    advance(choice.nextDeadlineNanos() - time.nanos());
    assertEquals(List.of("devices 0", "open"), drain());
    advance(DeviceSwitch.QUIET_NANOS);
    assertTrue(choice.isInKernel());
  }

  @Test
  void nothingIsLeftAtTheEndAndNothingBegins() {
    enter();
    choice.close();
    assertEquals(List.of("devices 0"), drain());
    assertFalse(choice.isInKernel());
    assertEndsHere();
    choice.close();
    assertEquals(List.of(), drain(), "once more");
  }

  @Test
  void atTheEndTheRouterKeepsItsPortsUntilItsThreadEnds() {
    choice.update(ONE, "");
    choice.close();
    assertEndsHere();
  }

  @Test
  void aPortThatIsBeingWaitedForIsNotTakenAfterTheEnd() {
    enter();
    ports.taken = true;
    choice.update(ONE, OBJECTION);
    choice.close();
    drain();
    ports.taken = false;
    assertEndsHere();
  }

  /** What the last events of a router bring does not touch a port. */
  private void assertEndsHere() {
    assertEquals(Timed.NEVER, choice.nextDeadlineNanos());
    choice.update(ONE, OBJECTION);
    choice.update(TWO, "");
    advance(DeviceSwitch.QUIET_NANOS);
    assertEquals(List.of(), drain());
    assertEquals(Timed.NEVER, choice.nextDeadlineNanos());
    assertFalse(choice.isRouters());
    assertEquals("the router ends", choice.whyNot());
  }

  private void enter() {
    choice.update(ONE, "");
    advance(DeviceSwitch.QUIET_NANOS);
    assertTrue(choice.isInKernel());
    drain();
  }

  private void advance(long nanos) {
    time.advanceTo(time.nanos() + nanos, 0);
    choice.onTime();
  }

  private List<String> drain() {
    List<String> drained = List.copyOf(log);
    log.clear();
    return drained;
  }

  private static VxlanPeer device(int shortId) {
    return new VxlanPeer(
        PeerDevices.NAME_PREFIX + shortId,
        6784,
        shortId,
        shortId << 12,
        KernelGround.HERE,
        new Ipv4Address(KernelGround.FIRST.value() + shortId));
  }

  private final class Ports implements DeviceSwitch.Shell {
    private boolean sockets = true;
    private int devices;
    private int heldFor;
    private boolean refuses;
    private boolean taken;
    private boolean intact = true;
    private boolean collided;

    @Override
    public void closeSockets() {
      log.add("close");
      sockets = false;
    }

    @Override
    public void openSockets() throws LinuxException {
      if (taken) {
        throw new LinuxException("test", Errno.EADDRINUSE);
      }
      collided |= devices > 0;
      log.add("open");
      sockets = true;
    }

    @Override
    public void setDevices(List<VxlanPeer> wanted) throws IOException {
      if (!wanted.isEmpty() && heldFor > 0) {
        heldFor--;
        log.add("held");
        throw new LinuxException("test", Errno.EADDRINUSE);
      }
      if (!wanted.isEmpty() && refuses) {
        log.add("refused");
        throw new LinuxException("test", Errno.EPERM);
      }
      devices = wanted.size();
      collided |= sockets && devices > 0;
      log.add("devices " + devices);
    }

    @Override
    public boolean areIntact() {
      return intact;
    }
  }
}
