package io.weft.fastpath;

import io.weft.linux.BpfProgram;
import io.weft.linux.LinuxException;
import io.weft.linux.TcxHook;
import io.weft.linux.TcxLink;
import java.util.HashMap;
import java.util.Map;

/** A program for frames that containers send, to be put on their ports. For one thread. */
sealed interface PortProgram extends AutoCloseable {
  BpfProgram program();

  /** The kernel's name of it. */
  String name();

  /** Puts it on a port. */
  void attach(int linkIndex) throws LinuxException;

  /** Takes it off; where it is not, or there is no such port, nothing happens. */
  void detach(int linkIndex) throws LinuxException;

  @Override
  void close();

  /** One that stays on its ports when the router ends. */
  record Lasting(BpfProgram program, String name) implements PortProgram {
    @Override
    public void attach(int linkIndex) throws LinuxException {
      TcxHook.attach(program, linkIndex);
    }

    @Override
    public void detach(int linkIndex) throws LinuxException {
      TcxHook.detach(name, linkIndex);
    }

    @Override
    public void close() {
      program.close();
    }
  }

  /**
   * One that leaves its ports when this is closed or the router's process ends, however it does.
   */
  record Held(BpfProgram program, String name, Map<Integer, TcxLink> links) implements PortProgram {
    Held(BpfProgram program, String name) {
      this(program, name, new HashMap<>());
    }

    @Override
    public void attach(int linkIndex) throws LinuxException {
      links.put(linkIndex, TcxLink.open(program, linkIndex, BpfProgram.Direction.INGRESS));
    }

    @Override
    public void detach(int linkIndex) {
      TcxLink link = links.remove(linkIndex);
      if (link != null) {
        link.close();
      }
    }

    @Override
    public void close() {
      links.values().forEach(TcxLink::close);
      links.clear();
      program.close();
    }
  }
}
