package io.weft.cni.plugin;

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
   * @param onUndelivered what to do when the caller does not get this
   */
  record Outcome(int exit, String text, Runnable onUndelivered) {}

  /** Carries out a call. */
  Outcome call(
      byte[] environment,
      byte[] document,
      Optional<NetworkNamespace> namespace,
      BooleanSupplier isGone) {
    CniVersion version = versionOf(document);
    try {
      PluginCall call = PluginCall.parse(environment, document, namespace);
      LOGGER.log(Level.DEBUG, "CNI {0}", call);
      if (call.command() == PluginCall.Command.DEL) {
        return delete(call, isGone);
      }
      JsonObject parsed = JsonObject.parse(document, "the network configuration");
      NetworkConfiguration configuration = NetworkConfiguration.read(parsed, call);
      return carryOut(call, configuration, isGone);
    } catch (IOException e) {
      return failed(e, version);
    } catch (RuntimeException e) {
      LOGGER.log(Level.ERROR, "a CNI call failed", e);
      return failed(
          new CniException(
              CniException.INTERNAL, "internal error: " + e, "see the router's log", e),
          version);
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

  private Outcome carryOut(
      PluginCall call, NetworkConfiguration configuration, BooleanSupplier isGone)
      throws IOException {
    WeaveNet net = new WeaveNet(router, attachments, isGone);
    WeaveIpam ipam = new WeaveIpam(router, isGone);
    refuseTooOld(call, configuration);
    return switch (call.command()) {
      case ADD ->
          alone(
              call,
              () -> {
                CniResult result =
                    call.isIpam()
                        ? addAddress(call, configuration, ipam)
                        : net.add(call, configuration);
                return new Outcome(
                    0, result.in(configuration.version()), () -> undelivered(call, configuration));
              });
      case CHECK ->
          alone(
              call,
              () -> {
                if (call.isIpam()) {
                  ipam.check(call, configuration);
                } else {
                  net.check(call, configuration);
                }
                return nothing();
              });
      case STATUS -> {
        if (!call.isIpam()) {
          net.status(configuration);
        }
        ipamOf(net, call, configuration, ipam).status(call);
        yield nothing();
      }
      case GC -> {
        new Collection(router, attachments).collect(call, configuration, net);
        yield nothing();
      }
      case DEL -> throw new IllegalStateException("DEL has been carried out");
    };
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

  /** The runtime would call DEL for what it knows of; it does not know of this. */
  private void undelivered(PluginCall call, NetworkConfiguration configuration) {
    try {
      alone(
          call,
          () -> {
            deleteAlone(call, Optional.of(configuration), () -> true);
            return nothing();
          });
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "cannot undo an ADD whose caller has gone: {0}", e.getMessage());
    }
  }

  /** DEL succeeds whatever the configuration reads like, so that no container is stuck for it. */
  private Outcome delete(PluginCall call, BooleanSupplier isGone) throws IOException {
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
    return alone(
        call,
        () -> {
          deleteAlone(call, read, isGone);
          return nothing();
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

  private Outcome alone(PluginCall call, ContainerLocks.Work<Outcome> work) throws IOException {
    return locks.alone(call.containerId(), work);
  }

  private static Outcome nothing() {
    return new Outcome(0, "", () -> {});
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
    return new Outcome(1, Json.write(document), () -> {});
  }
}
