package io.weft.fastpath;

/** What the kernel forwards by, one atomic change at a time. */
interface KernelTables {
  void putRoute(int destination, int route);

  void putHop(int neighbour, Hop hop);

  void removeHop(int neighbour);

  void putTree(int source, Tree tree);

  void removeTree(int source);

  void putSource(int address, int neighbour);

  void removeSource(int address);
}
