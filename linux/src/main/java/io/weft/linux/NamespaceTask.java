package io.weft.linux;

/**
 * What {@link NetworkNamespace#run} runs inside a namespace.
 *
 * @param <T> what it returns
 * @param <E> what it may throw; unchecked if nothing
 */
@FunctionalInterface
public interface NamespaceTask<T, E extends Exception> {
  /** Does the work and returns its result. */
  T call() throws E;
}
