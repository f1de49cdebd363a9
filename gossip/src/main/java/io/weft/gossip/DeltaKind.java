package io.weft.gossip;

/** Messages of the extension {@code delta}, by what they count as. */
enum DeltaKind {
  DIGEST(MeshMetric.DIGESTS_SENT),
  PULL(MeshMetric.PULLS_SENT),
  SUMMARY(MeshMetric.SUMMARIES_SENT),
  REQUEST(MeshMetric.REQUESTS_SENT),
  CHANGES(MeshMetric.DELTAS_SENT);

  private final MeshMetric sent;

  DeltaKind(MeshMetric sent) {
    this.sent = sent;
  }

  MeshMetric sent() {
    return sent;
  }
}
