/**
 * How long a container runtime waits for a network: {@code weave-net} beside {@code bridge} with
 * {@code host-local}, in one run (docs/cni.md, Figures).
 */
@NullMarked
package io.weft.tests.cnibench;

import org.jspecify.annotations.NullMarked;
