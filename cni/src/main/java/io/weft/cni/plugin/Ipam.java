package io.weft.cni.plugin;

import java.io.IOException;

/** Who manages the addresses of an attachment: our allocator, or another plugin. */
sealed interface Ipam permits WeaveIpam, DelegatedIpam {
  /** Obtains addresses. The result has no interfaces; repeated, it is the same. */
  CniResult add(PluginCall call, NetworkConfiguration configuration) throws IOException;

  /** Gives back what the attachment has, which may be nothing. */
  void delete(PluginCall call) throws IOException;

  /** Fails if the attachment does not have the addresses of its previous result. */
  void check(PluginCall call, NetworkConfiguration configuration) throws IOException;

  /** Fails if no address can be had now. */
  void status(PluginCall call) throws IOException;

  /** Frees what belongs to no valid attachment, as far as only this side knows of it. */
  void collect(PluginCall call) throws IOException;
}
