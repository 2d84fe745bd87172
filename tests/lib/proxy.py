"""A TCP proxy on loopback that breaks the link at chosen moments.

"up" is from the worker to the broker, "down" the other way. What is stalled is read no further than
one piece and held back; what is held when a side goes away is lost, as on a real line.
"""

import collections
import select
import socket
import struct
import threading
import time

PIECE_BYTES = 65536
TURN_S = 0.05
UP, DOWN = "up", "down"


class _Line:
    """One connection: two sockets and a thread for each direction; the last thread closes both. (A
    socket that is closed while another thread reads from it stays open until that read is over.)"""

    def __init__(self, proxy, client, broker):
        self.proxy, self.ends, self.dead, self.pumps = proxy, (client, broker), False, 2
        self.threads = [
            threading.Thread(target=self._pump, args=(*ends, way), daemon=True)
            for *ends, way in ((client, broker, UP), (broker, client, DOWN))
        ]
        for thread in self.threads:
            thread.start()

    def abandon(self):
        """The client sees a reset, the broker nothing; the socket to it."""
        client, broker = self.ends
        self.ends = (client,)
        self.end(reset=True)
        return broker

    def _pump(self, source, target, way):
        under_way = collections.deque()  # (when it arrives, what)
        try:
            while not self.dead:
                wait_s = under_way[0][0] - time.monotonic() if under_way else TURN_S
                if select.select([source], [], [], min(TURN_S, max(0, wait_s)))[0]:
                    data = source.recv(PIECE_BYTES)
                    if not data or not self.proxy._hold(self, way, len(data)):
                        break
                    under_way.append((time.monotonic() + self.proxy._delay[way], data))
                while under_way and under_way[0][0] <= time.monotonic():
                    data = under_way.popleft()[1]
                    target.sendall(data)
                    self.proxy._passed(way, len(data))
        except OSError:
            pass
        self.end()
        with self.proxy._change:
            self.pumps -= 1
            if self.pumps > 0:
                return
        for end in self.ends:
            end.close()

    def end(self, reset=False):
        with self.proxy._change:
            if self.dead:
                return
            self.dead = True
            self.proxy._change.notify_all()
        for end in self.ends:
            try:
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def join(self):
        for thread in self.threads:
            thread.join(2)


class Proxy:
    def __init__(self, broker_port, accept=True):
        self._target = ("127.0.0.1", broker_port)
        self._change = threading.Condition()
        self._lines, self._abandoned = [], []
        self._stalled = {UP: False, DOWN: False}
        self._held = {UP: 0, DOWN: 0}
        self._through = {UP: 0, DOWN: 0}
        self._rate = {UP: 0, DOWN: 0}
        self._delay = {UP: 0, DOWN: 0}
        self._listener = None
        self.accepted = 0
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        if accept:
            self._listen(listener)
        else:
            listener.close()

    # --- the line ---

    def accept(self):
        """Connections are taken again."""
        deadline = time.monotonic() + 5
        while self._listener is None:
            try:
                self._listen(socket.create_server(("127.0.0.1", self.port)))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def refuse(self):
        """No new connections from now on: the port is closed."""
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def stall(self, *ways):
        with self._change:
            for way in ways or (UP, DOWN):
                self._stalled[way] = True

    def release(self, *ways):
        with self._change:
            for way in ways or (UP, DOWN):
                self._stalled[way] = False
            self._change.notify_all()

    def limit(self, way, bytes_per_s):
        """0: no limit."""
        self._rate[way] = bytes_per_s

    def delay(self, way, seconds):
        """Each piece arrives so much later; how many are under way is not limited."""
        self._delay[way] = seconds

    def cut(self):
        """Both sides see an orderly end; what is held is lost."""
        self._end(reset=False)

    def reset(self):
        """Both sides see a reset; what is held is lost."""
        self._end(reset=True)

    def abandon(self):
        """Workers see a reset; the broker sees nothing until `bury`, as when a Wi-Fi has gone."""
        lines, self._lines = self._lines, []
        self._abandoned += [line.abandon() for line in lines]
        for line in lines:
            line.join()

    def bury(self):
        abandoned, self._abandoned = self._abandoned, []
        for broker in abandoned:
            broker.close()

    def held(self, way):
        return self._held[way]

    def through(self, way):
        """Bytes passed on since the beginning, over all connections."""
        return self._through[way]

    def close(self):
        self.refuse()
        self.reset()
        self.bury()

    # --- the machinery ---

    def _listen(self, listener):
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(self._target, timeout=10)
            except OSError:
                client.close()
                continue
            broker.settimeout(None)
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self._lines.append(_Line(self, client, broker))

    def _hold(self, line, way, count):
        """Waits while that way is stalled; false when the line has ended meanwhile."""
        with self._change:
            self._held[way] += count
            self._change.wait_for(lambda: line.dead or not self._stalled[way])
            self._held[way] -= count
        if self._rate[way]:
            time.sleep(count / self._rate[way])
        return not line.dead

    def _passed(self, way, count):
        with self._change:
            self._through[way] += count

    def _end(self, reset):
        lines, self._lines = self._lines, []
        for line in lines:
            line.end(reset)
        for line in lines:
            line.join()
