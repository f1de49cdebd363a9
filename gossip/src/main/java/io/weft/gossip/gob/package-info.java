/**
 * The subset of Go's gob encoding that the mesh uses (mesh.md 4): types declared once as {@link
 * io.weft.gossip.gob.GobType} trees, values as {@link io.weft.gossip.gob.GobValue} trees, a writer
 * that emits the type definitions a Go peer needs and a reader that follows those it receives.
 *
 * <p>The reader trusts nothing: every count and length is bounded by the bytes that are there, and
 * nesting, definitions and elements are capped (mesh.md 4.5).
 */
@NullMarked
package io.weft.gossip.gob;

import org.jspecify.annotations.NullMarked;
