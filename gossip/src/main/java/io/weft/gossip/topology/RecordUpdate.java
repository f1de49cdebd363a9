package io.weft.gossip.topology;

import org.jspecify.annotations.Nullable;

/**
 * A record to be merged, with all its connections.
 *
 * @param mentioned values of all names whose connections were altered or removed, perhaps in
 *     between only, since the stored record; null when that is not known
 */
record RecordUpdate(PeerRecord record, long @Nullable [] mentioned) {}
