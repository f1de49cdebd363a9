package io.weft.cni.plugin;

import io.weft.cni.Json;
import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out calls of both plugins and puts their outcome into words. Any thread of the host's
 * namespace; calls for one container wait for each other.
 */
final class Plugins {
  private static final System.Logger LOGGER = System.getLogger(Plugins.class.getName());

  private static final Outcome NOTHING = new Outcome(0, "");

  private final RouterServices router;
  private final Attachments attachments;
  private final ContainerLocks locks = new ContainerLocks();

  /**
   * Plugins that attach nothing yet.
   *
   * @param folder where attachments are remembered
   */
  Plugins(RouterServices router, Path folder) {
    this.router = router;
    attachments = new Attachments(folder);
  }

  /**
   * What a call came to.
   *
   * @param exit the exit status of the plugin
   * @param text what it prints, without a line end
   */
  record Outcome(int exit, String text) {}

  /** The way back to the caller. */
  interface Delivery {
    /** Gives the caller what came of its call; false if it has gone. */
    boolean deliver(Outcome outcome);
  }

  /** Carries out a call and delivers what came of it. */
  void call(
      byte[] environment,
      byte[] document,
      Optional<NetworkNamespace> namespace,
      BooleanSupplier isGone,
      Delivery delivery) {
    CniVersion version = versionOf(document);
    try {
      PluginCall call = PluginCall.parse(environment, document, namespace);
      LOGGER.log(Level.DEBUG, "CNI {0}", call);
      if (call.command() == PluginCall.Command.DEL) {
        delete(call, isGone);
        delivery.deliver(NOTHING);
        return;
      }
      JsonObject parsed = JsonObject.parse(document, "the network configuration");
      NetworkConfiguration configuration = NetworkConfiguration.read(parsed, call);
      refuseTooOld(call, configuration);
      if (call.command() == PluginCall.Command.ADD) {
        locks.alone(call.containerId(), () -> add(call, configuration, isGone, delivery));
      } else {
        look(call, configuration, isGone);
        delivery.deliver(NOTHING);
      }
    } catch (IOException e) {
      delivery.deliver(failed(e, version));
    } catch (RuntimeException e) {
      LOGGER.log(Level.ERROR, "a CNI call failed", e);
      delivery.deliver(
          failed(
              new CniException(
                  CniException.INTERNAL, "internal error: " + e, "see the router's log", e),
              version));
    }
  }

  /** In which version the caller reads our errors; the newest where that cannot be told. */
  private static CniVersion versionOf(byte[] document) {
    try {
      return CniVersion.of(
          JsonObject.parse(document, "the network configuration")
              .string("cniVersion")
              .orElse(CniVersion.V0_1_0.toString()));
    } catch (CniException e) {
      return CniVersion.V1_1_0;
    }
  }

  /**
   * Attaches a container and delivers the result, with the container's lock held: nothing else may
   * be done for it before an attachment whose caller has gone is taken back. The runtime would call
   * DEL for what it knows of; it does not know of this.
   *
   * @return whether the caller has got the result
   */
  private boolean add(
      PluginCall call,
      NetworkConfiguration configuration,
      BooleanSupplier isGone,
      Delivery delivery)
      throws IOException {
    CniResult result =
        call.isIpam()
            ? addAddress(call, configuration, new WeaveIpam(router, isGone))
            : new WeaveNet(router, attachments, isGone).add(call, configuration);
    if (delivery.deliver(new Outcome(0, result.in(configuration.version())))) {
      return true;
    }
    try {
      deleteAlone(call, Optional.of(configuration), () -> true);
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "cannot undo an ADD whose caller has gone: {0}", e.getMessage());
    }
    return false;
  }

  /** CHECK, STATUS and GC. */
  private void look(PluginCall call, NetworkConfiguration configuration, BooleanSupplier isGone)
      throws IOException {
    WeaveNet net = new WeaveNet(router, attachments, isGone);
    WeaveIpam ipam = new WeaveIpam(router, isGone);
    switch (call.command()) {
      case CHECK ->
          locks.alone(
              call.containerId(),
              () -> {
                if (call.isIpam()) {
                  ipam.check(call, configuration);
                } else {
                  net.check(call, configuration);
                }
                return true;
              });
      case STATUS -> {
        if (!call.isIpam()) {
          net.status(configuration);
        }
        ipamOf(net, call, configuration, ipam).status(call);
      }
      case GC -> new Collection(router, attachments).collect(call, configuration, net);
      case ADD, DEL -> throw new IllegalStateException(call + " changes something");
    }
  }

  private static Ipam ipamOf(
      WeaveNet net, PluginCall call, NetworkConfiguration configuration, WeaveIpam ipam)
      throws CniException {
    return call.isIpam() ? ipam : net.ipam(call, configuration);
  }

  private static void refuseTooOld(PluginCall call, NetworkConfiguration configuration)
      throws CniException {
    boolean isKnown =
        switch (call.command()) {
          case CHECK -> configuration.version().hasCheck();
          case STATUS, GC -> configuration.version().hasStatus();
          case ADD, DEL -> true;
        };
    if (!isKnown) {
      throw new CniException(
          CniException.INCOMPATIBLE_VERSION,
          "version %s of CNI has no %s".formatted(configuration.version(), call.command()),
          "CHECK needs 0.4.0, STATUS and GC need 1.1.0");
    }
  }

  private CniResult addAddress(PluginCall call, NetworkConfiguration configuration, WeaveIpam ipam)
      throws IOException {
    NetworkNamespace inside = call.namespace().orElseThrow(() -> WeaveNet.unknownContainer(call));
    Attachments.Entry entry = Namespaces.entry(call, configuration, inside);
    attachments.put(entry.completed());
    try {
      CniResult result = ipam.add(call, configuration);
      result.setDns(configuration.dns());
      return result;
    } catch (IOException | RuntimeException e) {
      try {
        ipam.delete(call);
        attachments.remove(call.key());
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  /** DEL succeeds whatever the configuration reads like, so that no container is stuck for it. */
  private void delete(PluginCall call, BooleanSupplier isGone) throws IOException {
    Optional<NetworkConfiguration> configuration = Optional.empty();
    try {
      configuration =
          Optional.of(
              NetworkConfiguration.read(
                  JsonObject.parse(call.configuration(), "the network configuration"), call));
    } catch (CniException e) {
      LOGGER.log(
          Level.WARNING,
          "DEL of {0} with an unusable configuration: {1}",
          call.key().fileName(),
          e.getMessage());
    }
    Optional<NetworkConfiguration> read = configuration;
    locks.alone(
        call.containerId(),
        () -> {
          deleteAlone(call, read, isGone);
          return true;
        });
  }

  private void deleteAlone(
      PluginCall call, Optional<NetworkConfiguration> configuration, BooleanSupplier isGone)
      throws IOException {
    if (call.isIpam()) {
      router.release(call.key().identity());
      attachments.remove(call.key());
    } else {
      new WeaveNet(router, attachments, isGone).delete(call, configuration);
    }
  }

  private static Outcome failed(IOException failure, CniVersion version) {
    CniException error =
        failure instanceof CniException known
            ? known
            : new CniException(
                CniException.IO_FAILURE,
                String.valueOf(failure.getMessage()),
                "see the router's log; CNI_NETNS, the bridge and the kernel are involved",
                failure);
    LOGGER.log(Level.DEBUG, "a CNI call was refused", failure);
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("cniVersion", version.toString());
    document.put("code", error.code());
    document.put("msg", String.valueOf(error.getMessage()));
    document.put("details", error.details());
    return new Outcome(1, Json.write(document));
  }
}
