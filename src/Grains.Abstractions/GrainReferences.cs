namespace CustomerService;

/// <summary>References to actors with a text for a key.</summary>
public static class GrainReferences
{
    /// <summary>
    /// The same reference that <see cref="IGrainFactory.GetGrain{TGrainInterface}(string, string)"/> gives, without
    /// looking up by reflection, each time, which type of grain the interface stands for: under a load of assignments that
    /// took a tenth of the server's time. Costs no call; the grain need not be active.
    /// </summary>
    /// <typeparam name="T">The contract.</typeparam>
    /// <param name="grains">Who makes references.</param>
    /// <param name="key">The grain's key.</param>
    public static T Of<T>(this IGrainFactory grains, string key) where T : IGrainWithStringKey
    {
        if (Kind<T>.Known is { } known && ReferenceEquals(known.Factory, grains))
            return (T)grains.GetGrain(GrainId.Create(known.Type, key), known.Interface);
        var first = grains.GetGrain<T>(key);
        // What a simulation gives is none.
        if (first is GrainReference reference)
            Kind<T>.Known = new Known(grains, reference.GrainId.Type, reference.InterfaceType);
        return first;
    }

    private sealed record Known(IGrainFactory Factory, GrainType Type, GrainInterfaceType Interface);

    /// <summary>One factory is enough: a process has one, but for tests with several silos.</summary>
    private static class Kind<T>
    {
        public static volatile Known? Known;
    }
}
