using System.Collections.Immutable;
using CustomerService.Storage.Effects;
using Microsoft.Extensions.Logging;

namespace CustomerService.Grains.Effects;

/// <summary>Delivers from a grain's turn without making it wait: calls start at once, what fails stays in the outbox for
/// the sweep.</summary>
public sealed class EffectCourier(IGrainFactory grains, IOutbox outbox, ILogger<EffectCourier> log) : IEffectCourier
{
    /// <inheritdoc/>
    public void Deliver(ImmutableArray<OwedEffect> effects)
    {
        if (effects.IsDefaultOrEmpty)
            return;
        foreach (var effect in effects)
            _ = Try(effect);
    }

    /// <summary>Delivers one and waits for it. False where it stays in the outbox; never throws.</summary>
    public async Task<bool> Try(OwedEffect effect)
    {
        try
        {
            await EffectDispatch.Deliver(grains, effect);
            outbox.Complete([effect]);
            return true;
        }
        catch (UnknownEffectException error)
        {
            log.LogError(error, "Effect {Effect} stays in the outbox: this program can't execute it.", effect.Id);
        }
        catch (Exception error)
        {
            log.LogWarning(error, "Effect {Effect} ({Kind}) was not acknowledged.", effect.Id, effect.Kind);
        }
        return false;
    }
}
