package io.weft.cni.plugin;

import io.weft.cni.ContainerInterface;
import io.weft.cni.Json;
import io.weft.linux.Ipv4Prefix;
import io.weft.linux.Netlink;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what has been left behind by containers that are gone: when the runtime says which are
 * there (GC), and by looking at the host (at the router's start).
 */
final class Collection {
  private static final String VALID = "cni.dev/valid-attachments";
  private static final System.Logger LOGGER = System.getLogger(Collection.class.getName());

  private final RouterServices router;
  private final Attachments attachments;

  Collection(RouterServices router, Attachments attachments) {
    this.router = router;
    this.attachments = attachments;
  }

  /**
   * Frees what belongs to the network of a call and is not among its valid attachments. Goes on
   * when something cannot be freed.
   *
   * @throws CniException what could not be freed
   */
  void collect(PluginCall call, NetworkConfiguration configuration, WeaveNet net)
      throws IOException {
    StringBuilder failures = new StringBuilder();
    for (Attachments.Entry entry : attachments.list()) {
      boolean isStale =
          entry.network().equals(configuration.name())
              && entry.isIpam() == call.isIpam()
              && !configuration.validAttachments().contains(entry.key());
      if (isStale) {
        try {
          if (!entry.delegate().isEmpty()) {
            deleteByDelegate(call, configuration, entry);
          }
          free(entry);
        } catch (IOException e) {
          failures.append("; ").append(entry.key().fileName()).append(": ").append(e.getMessage());
        }
      }
    }
    if (!call.isIpam()) {
      try {
        net.ipam(call, configuration).collect(sparingTheBridge(call, configuration));
      } catch (IOException e) {
        failures.append("; ").append(e.getMessage());
      }
    }
    if (!failures.isEmpty()) {
      throw new CniException(
          CniException.IO_FAILURE,
          "not everything could be freed" + failures,
          "it is tried again by the next GC");
    }
  }

  /** The bridge is no attachment of the runtime, but may have an address of the other plugin. */
  private PluginCall sparingTheBridge(PluginCall call, NetworkConfiguration configuration) {
    AttachmentKey key = BridgeGateway.key(router.bridge());
    List<@Nullable Object> valid = new ArrayList<>();
    if (configuration.document().fields().get(VALID) instanceof List<?> listed) {
      valid.addAll(listed);
    }
    valid.add(Map.of("containerID", key.containerId(), "ifname", key.interfaceName()));
    Map<String, @Nullable Object> document = new LinkedHashMap<>(configuration.document().fields());
    document.put(VALID, valid);
    return call.withConfiguration(Json.bytes(document));
  }

  /**
   * Frees what containers that are gone have left. An attachment of {@code weave-net} is there as
   * long as its cable is; one of {@code weave-ipam} as long as its namespace is, where the router
   * can see that. What another plugin has given waits for GC, which says where that plugin is.
   *
   * @param isInUse whether an address was found on an interface
   * @return how many were freed
   */
  int collectVanished(java.util.function.Predicate<Ipv4Prefix> isInUse) throws IOException {
    int freed = 0;
    Set<String> known = new HashSet<>();
    try (Netlink host = Netlink.open()) {
      for (Attachments.Entry entry : attachments.list()) {
        boolean isThere =
            entry.isIpam()
                ? entry.namespaceInode() == 0
                    || Namespaces.inodeAt(entry.namespacePath()) == entry.namespaceInode()
                : host.links().find(entry.key().hostInterfaceName()).isPresent();
        if (isThere) {
          known.add(entry.key().identity());
        } else if (entry.delegate().isEmpty()) {
          free(entry);
          freed++;
        }
      }
    }
    // A host that went down may have lost the record of an attachment, but not its address.
    for (Map.Entry<String, List<Ipv4Prefix>> owned : router.containerAddresses().entrySet()) {
      if (!known.contains(owned.getKey()) && owned.getValue().stream().noneMatch(isInUse)) {
        router.release(owned.getKey());
        freed++;
      }
    }
    return freed;
  }

  /** In a version that the other plugin speaks: GC is newer than what it may have been given. */
  private static void deleteByDelegate(
      PluginCall call, NetworkConfiguration configuration, Attachments.Entry entry)
      throws IOException {
    DelegatedPlugin plugin = DelegatedPlugin.find(entry.delegate(), call.path());
    List<String> versions = plugin.versions(call);
    Map<String, @Nullable Object> document = new LinkedHashMap<>(configuration.document().fields());
    if (!versions.isEmpty() && !versions.contains(configuration.version().toString())) {
      document.put("cniVersion", versions.getLast());
    }
    byte[] text = Json.bytes(document);
    new DelegatedIpam(plugin).delete(call.forAttachment(entry.key(), "", text));
  }

  private void free(Attachments.Entry entry) throws IOException {
    LOGGER.log(Level.INFO, "freeing what {0} has left", entry.key().fileName());
    if (!entry.isIpam()) {
      try (Netlink host = Netlink.open()) {
        ContainerInterface.remove(host, entry.key().hostInterfaceName());
      }
    }
    router.release(entry.key().identity());
    attachments.remove(entry.key());
  }
}
