using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        input.multinomial(num_samples, replacement, generator);

    public partial class Tensor
    {
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Operator.CallInPlace("bernoulli_.float", this, p, generator);
        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Operator.CallInPlace("bernoulli_.Tensor", this, p, generator);
        public Tensor bernoulli(Generator? generator = null) => Operator.Call("bernoulli", this, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Operator.CallInPlace("uniform_", this, from, to, generator);
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Operator.CallInPlace("normal_", this, mean, std, generator);
        public Tensor exponential_(double lambda = 1, Generator? generator = null) =>
            Operator.CallInPlace("exponential_", this, lambda, generator);
        public Tensor random_(double from, double to, Generator? generator = null) =>
            Operator.CallInPlace("random_.from", this, (long)from, (long)to, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Operator.Call("multinomial", this, num_samples, replacement, generator);
    }
}
