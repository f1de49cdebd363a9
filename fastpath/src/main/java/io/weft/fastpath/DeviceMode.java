package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.topology.Routes;
import io.weft.linux.LinkStatistics;
import io.weft.linux.LinuxException;
import io.weft.linux.VxlanPeer;
import io.weft.sleeve.ThreadEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The kernel in the place of the router's sockets while every peer is a neighbour by fastdp: what
 * {@link DeviceSwitch} decides is done here. Heartbeats leave by the sockets of their connections
 * as ever, and are read from a raw socket meanwhile. Conductor thread.
 */
final class DeviceMode implements DeviceSwitch.Shell, Timed {

  private final PeerDevices devices;
  private final VxlanListeners listeners;
  private final Consumer<List<KernelEvent>> heartbeats;
  private final Consumer<String> onFault;
  private final DeviceSwitch choice;
  private final Map<VxlanPeer, UserVxlanForwarder> neighbours = new HashMap<>();
  private final Map<VxlanPeer, UserVxlanForwarder> carrying = new HashMap<>();
  private @Nullable RawHeartbeatReader reader;
  private @Nullable Thread thread;

  /**
   * The router has its ports.
   *
   * @param heartbeats takes what arrives, on a thread of ours
   * @param onFault told, on that thread, when it ends by itself
   */
  DeviceMode(
      PeerDevices devices,
      VxlanListeners listeners,
      EventTime time,
      Consumer<List<KernelEvent>> heartbeats,
      Consumer<String> onFault) {
    this.devices = devices;
    this.listeners = listeners;
    this.heartbeats = heartbeats;
    this.onFault = onFault;
    choice = new DeviceSwitch(time, this);
  }

  /** As {@link DeviceSwitch#isInKernel}. */
  boolean isInKernel() {
    return choice.isInKernel();
  }

  /** As {@link DeviceSwitch#whyNot}. */
  String whyNot() {
    return choice.whyNot();
  }

  /** Routes, short ids, or what carries to a neighbour have changed. */
  void sync(ShortIdTable shortIds, Routes routes, Map<PeerName, List<Forwarder>> forwarders) {
    neighbours.clear();
    String objection = objection(shortIds, routes, forwarders);
    if (!objection.isEmpty()) {
      neighbours.clear();
    }
    List<VxlanPeer> wanted = new ArrayList<>(neighbours.keySet());
    wanted.sort(Comparator.comparing(VxlanPeer::name));
    choice.update(wanted, objection);
    if (choice.isInKernel()) {
      carrying.putAll(neighbours);
    }
  }

  /** Why devices cannot do what the router does now; else notes the neighbours for them. */
  private String objection(
      ShortIdTable shortIds, Routes routes, Map<PeerName, List<Forwarder>> forwarders) {
    if (forwarders.isEmpty()) {
      return "there is no other host";
    }
    if (!routes.isFullMesh() || routes.gossipReach() != forwarders.size() + 1) {
      return "the mesh is not full";
    }
    int self = shortIds.shortId(routes.self().value());
    for (Map.Entry<PeerName, List<Forwarder>> entry : forwarders.entrySet()) {
      int neighbour = shortIds.shortId(entry.getKey().value());
      UserVxlanForwarder forwarder = fastdp(entry.getValue());
      if (forwarder == null || !forwarder.complaint().isEmpty()) {
        return "fastdp does not reach " + entry.getKey();
      }
      if (forwarder.isEncrypted()) {
        return "what goes to " + entry.getKey() + " is encrypted";
      }
      if (self == ShortIdTable.NONE || neighbour == ShortIdTable.NONE) {
        return "a short id is not known yet";
      }
      neighbours.put(PeerDevices.device(forwarder, self, neighbour), forwarder);
    }
    return "";
  }

  /** It may have given way to another overlay of user space, but not to one of the kernel. */
  private static @Nullable UserVxlanForwarder fastdp(Collection<Forwarder> working) {
    for (Forwarder forwarder : working) {
      if (forwarder instanceof UserVxlanForwarder vxlan) {
        return vxlan;
      }
    }
    return null;
  }

  /** Adds what the kernel has carried for a connection to what the router has. */
  void addTraffic(UserVxlanForwarder forwarder, long[] traffic) {
    carrying.forEach((device, owner) -> {
      LinkStatistics counted = owner.equals(forwarder) ? devices.statistics(device) : null;
      if (counted != null) {
        PathCounter[] counters = PathCounter.values();
        for (int i = 0; i < counters.length; i++) {
          traffic[i] += counters[i].of(counted);
        }
      }
    });
  }

  /** Who has an address: a neighbour, or nobody when it is on this host; empty when unknown. */
  Optional<UserVxlanOverlay.Owner> find(long mac) {
    return devices
        .find(mac)
        .map(owner -> {
          UserVxlanForwarder forwarder =
              owner.device() == null ? null : carrying.get(owner.device());
          return new UserVxlanOverlay.Owner(
              forwarder == null ? null : forwarder.parameters().remotePeer(), owner.ageMillis());
        });
  }

  @Override
  public void closeSockets() {
    listeners.suspend();
  }

  @Override
  public void openSockets() throws LinuxException {
    stopReading();
    listeners.resume();
  }

  @Override
  public void setDevices(List<VxlanPeer> wanted) throws IOException {
    carrying.forEach((device, owner) -> {
      if (!wanted.contains(device)) {
        keepCounts(device, owner);
      }
    });
    carrying.keySet().retainAll(wanted);
    devices.set(wanted);
    for (VxlanPeer device : wanted) {
      UserVxlanForwarder owner = neighbours.get(device);
      if (owner != null) {
        carrying.put(device, owner);
      }
    }
    if (!wanted.isEmpty()) {
      read();
    }
  }

  /** A device goes, and what it has counted stays with its connection. */
  private void keepCounts(VxlanPeer device, UserVxlanForwarder owner) {
    LinkStatistics counted = devices.statistics(device);
    if (counted != null) {
      owner.count(counted);
    }
  }

  @Override
  public boolean areIntact() {
    return devices.areIntact();
  }

  private void read() throws LinuxException {
    if (reader != null) {
      return;
    }
    RawHeartbeatReader fresh = new RawHeartbeatReader(heartbeats, onFault);
    Thread reading = new Thread(fresh, "vxlan-heartbeats");
    reading.setDaemon(true);
    reading.start();
    reader = fresh;
    thread = reading;
  }

  private void stopReading() {
    RawHeartbeatReader ending = reader;
    Thread reading = thread;
    if (ending == null || reading == null) {
      return;
    }
    reader = null;
    thread = null;
    ending.stop();
    // It closes what it uses itself, sooner or later.
    boolean _ = ThreadEnd.await(List.of(reading));
  }

  @Override
  public long nextDeadlineNanos() {
    return choice.nextDeadlineNanos();
  }

  @Override
  public void onTime() {
    choice.onTime();
  }

  /** Removes the devices; nothing begins after it. */
  void close() {
    choice.close();
    stopReading();
    devices.close();
  }
}
