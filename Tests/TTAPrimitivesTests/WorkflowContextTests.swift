import TTAPrimitives
import Testing
import Tracing

@Suite struct WorkflowContextTests {
    @Test func aChangedCopyLeavesTheOtherAlone() {
        let first = WorkflowContext(workflowID: "wf-1", sessionID: "s-1")
        var second = first
        second.workflowID = "wf-2"
        second.tags["env"] = "dev"
        #expect((first.workflowID, second.workflowID) == ("wf-1", "wf-2"))
        #expect(first.tags.isEmpty)
        #expect((second.sessionID, second.correlationID) == ("s-1", first.correlationID))
    }

    @Test func copiesShareStateAndAChildHasItsOwn() {
        let context = WorkflowContext(state: ["count": 1])
        let copy = context
        copy.withState { $0["count"] = 2 }
        let child = context.child()
        child.withState { $0["count"] = 3 }
        copy.checkpoint("read")
        #expect(context.state["count"] as? Int == 2)
        #expect(child.state["count"] as? Int == 3)
        #expect(context.checkpoints.map(\.name) == ["read"])
        #expect(child.checkpoints.isEmpty)
    }

    @Test func aChildIsCausedByItsParent() {
        let context = WorkflowContext(workflowID: "wf", playerID: "p")
        let child = context.child()
        #expect(child.causationID == context.correlationID)
        #expect((child.correlationID, child.workflowID, child.playerID) == (context.correlationID, "wf", "p"))
    }

    @Test func timeCountsFromItsBeginning() {
        let clock = SetClock()
        let context = WorkflowContext(clock: clock)
        clock.set(3_500_000_000)
        #expect(context.elapsed == .milliseconds(2_500))
        context.checkpoint("late")
        #expect(context.checkpoints.map(\.timeNanos) == [3_500_000_000])
        #expect(context.child().elapsed == .zero)
        // Set back behind the beginning.
        clock.set(1)
        #expect(context.elapsed == .zero)
    }

    @Test func attributesAreThoseOfTheOriginal() {
        let clock = SetClock()
        var context = WorkflowContext(workflowID: "wf", correlationID: "c-1", clock: clock)
        context.modelTier = .fast
        clock.set(1_250_000_000)
        #expect(
            context.attributes() == [
                "workflow.id": "wf", "workflow.session_id": "unknown", "workflow.player_id": "unknown",
                "workflow.correlation_id": "c-1", "workflow.elapsed_ms": 250.0, "llm.model_tier": "fast",
            ])
    }

    /// RFC 9562: version 4, variant 10.
    @Test func correlationIDsAreRandomUUIDs() {
        let ids = (0..<50).map { _ in WorkflowContext().correlationID }
        #expect(Set(ids).count == 50)
        for id in ids {
            #expect(
                id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        }
    }
}
