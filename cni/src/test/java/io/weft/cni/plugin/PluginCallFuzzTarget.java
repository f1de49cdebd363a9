package io.weft.cni.plugin;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * What comes over the plugins' socket: it is read or refused with an error of the specification,
 * and what is read is within bounds.
 */
public final class PluginCallFuzzTarget {
  private PluginCallFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    try {
      int split = CallHead.BYTES;
      if (input.length >= split) {
        CallHead.parse(Arrays.copyOf(input, split));
      }
    } catch (IOException e) {
      require(e.getMessage() != null, "a reason");
    }
    // The first byte tells where the environment ends.
    int length = input.length == 0 ? 0 : Math.min(input.length - 1, Byte.toUnsignedInt(input[0]));
    byte[] environment = Arrays.copyOfRange(input, Math.min(1, input.length), length + 1);
    byte[] document = Arrays.copyOfRange(input, Math.min(length + 1, input.length), input.length);
    try {
      read(PluginCall.parse(environment, document, Optional.empty()), document);
    } catch (CniException e) {
      require(e.code() > 0 && e.code() <= CniException.INTERNAL, "a code");
      require(!String.valueOf(e.getMessage()).isEmpty(), "a message");
    }
  }

  private static void read(PluginCall call, byte[] document) throws CniException {
    require(call.containerId().length() <= PluginCall.NAME_LENGTH_MAX, "a short id");
    require(call.path().stream().allMatch(folder -> folder.isAbsolute()), "absolute folders");
    JsonObject parsed = JsonObject.parse(document, "the network configuration");
    NetworkConfiguration configuration = NetworkConfiguration.read(parsed, call);
    require(configuration.mtuBytes() >= 0 && configuration.mtuBytes() <= 65_535, "an MTU");
    require(configuration.wantedAddresses(call).size() <= document.length + 1, "few addresses");
    require(
        configuration.wantedMac(call).map(mac -> mac.bytes().length == 6).orElse(true), "a MAC");
    if (configuration.previous().isPresent()) {
      CniResult previous = CniResult.of(configuration.previous().get(), configuration.version());
      JsonObject.parse(
          previous.in(configuration.version()).getBytes(java.nio.charset.StandardCharsets.UTF_8),
          "our own result");
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("not " + what);
    }
  }
}
