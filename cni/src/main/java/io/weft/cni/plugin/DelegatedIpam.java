package io.weft.cni.plugin;

import java.io.IOException;

/** Addresses from another plugin, such as {@code host-local} or {@code static}. */
record DelegatedIpam(DelegatedPlugin plugin) implements Ipam {
  @Override
  public CniResult add(PluginCall call, NetworkConfiguration configuration) throws IOException {
    byte[] printed = plugin.run(call, PluginCall.Command.ADD);
    JsonObject document = JsonObject.parse(printed, "the result of the ipam plugin");
    return CniResult.of(document, configuration.version());
  }

  @Override
  public void delete(PluginCall call) throws IOException {
    plugin.run(call, PluginCall.Command.DEL);
  }

  @Override
  public void check(PluginCall call, NetworkConfiguration configuration) throws IOException {
    plugin.run(call, PluginCall.Command.CHECK);
  }

  @Override
  public void status(PluginCall call) throws IOException {
    runIfKnown(call, PluginCall.Command.STATUS);
  }

  @Override
  public void collect(PluginCall call) throws IOException {
    runIfKnown(call, PluginCall.Command.GC);
  }

  /** Plugins older than version 1.1.0 have neither command, which is no fault here. */
  private void runIfKnown(PluginCall call, PluginCall.Command command) throws IOException {
    if (plugin.versions(call).contains(CniVersion.V1_1_0.toString())) {
      plugin.run(call, command);
    }
  }
}
