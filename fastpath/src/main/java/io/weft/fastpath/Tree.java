package io.weft.fastpath;

import java.util.List;

/**
 * Where broadcasts of one source go on to from here.
 *
 * @param hops short ids of neighbours, at most {@link Layout#TREE_HOPS}
 * @param punt user space serves further neighbours
 */
record Tree(List<Integer> hops, boolean punt) {
  Tree {
    hops = List.copyOf(hops);
  }
}
