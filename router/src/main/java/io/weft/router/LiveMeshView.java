package io.weft.router;

import io.weft.gossip.Mesh;
import io.weft.gossip.PeerName;
import io.weft.ipam.MeshView;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * What the allocator sees of the mesh. Conductor.
 *
 * @param otherTargets how many peers besides ourselves we are to reach
 */
record LiveMeshView(Mesh mesh, IntSupplier otherTargets) implements MeshView {
  @Override
  public boolean isKnown(PeerName peer) {
    return mesh.isKnownPeer(peer);
  }

  @Override
  public int activeTargets() {
    return otherTargets.getAsInt();
  }

  @Override
  public List<String> unconnectedTargets() {
    return mesh.connections().stream()
        .filter(connection -> connection.attributes() == null && connection.outbound())
        .map(target -> target.address() + " " + target.state() + " " + target.info())
        .map(String::strip)
        .toList();
  }
}
