"""A task in a worker's hands, while something happens to its link."""


class Held:
    """Its worker, behind a proxy, has begun it and ends it when the gate is opened."""

    def __init__(self, world, **settings):
        self.world = world
        self.worker, self.proxy = world.proxied(**settings)
        self.results = world.results_of(self.worker)
        self.gate = world.gate()
        self.worker.up()
        self.id = world.task("gate")
        self.gate.entered()

    def result(self):
        """The next that its worker publishes, which must be this task's."""
        result = self.world.tester.result(self.results)
        assert result.task == self.id, result
        return result

    def is_settled(self):
        """Acked, reported no further time, and run once."""
        self.worker.acked()
        self.world.all_is_acked()
        self.world.tester.empty(self.results)
        assert len(self.gate.runs()) == 1, self.gate.runs()
