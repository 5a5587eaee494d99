using CustomerService.Agents;
using CustomerService.Conversations;

namespace CustomerService.Grains.Agents;

/// <summary>
/// Finds out what became of a reservation that nobody confirmed, or that should have come back. A reservation never
/// lapses by silence: the conversation first refuses it forever, so that a late assignment can't land on a place that
/// was given away.
/// </summary>
internal static class ReservationCheck
{
    /// <summary>Asks, and tells the agent's grain the answer. Runs outside its turns. Fails where somebody is out of
    /// reach: then it is asked again at the next deadline.</summary>
    public static async Task Run(IGrainFactory grains, AgentProfile agent, Reservation reservation)
    {
        var conversation = grains.Of<IConversationGrain>(reservation.ConversationId);
        var self = grains.Of<IAgentGrain>(agent.Id);
        var answer = await conversation.Execute(new RefuseReservation(Actor.System, null, agent.Id, reservation.Id));
        if (answer.Refusal is null || answer.Refusal.Code == RefusalCode.NotFound)
        {
            await self.Release(reservation.Id, await Describe(reservation.Stage > ReservationStage.Pending));
            return;
        }
        if (answer.Refusal.Code != RefusalCode.Conflict)
            return; // Busy or out of reach.
        if (reservation.ReturningSince is not null && reservation.Stage > ReservationStage.Pending)
        {
            // It holds it still although it was to be taken back.
            await conversation.Execute(new ReleaseConversation(Actor.System, null, agent.Id, reservation.Id));
            return;
        }
        if (await Describe(true) is { } view && view.Agent?.Id == agent.Id)
            await self.Confirm(reservation.Id, view.State == ConversationState.Offered, view);

        Task<ConversationView?> Describe(bool wanted) => wanted
            ? conversation.Describe(new Actor(ActorKind.Agent, agent.Id, agent.Name) { IsSupervisor = true })
            : Task.FromResult<ConversationView?>(null);
    }
}
