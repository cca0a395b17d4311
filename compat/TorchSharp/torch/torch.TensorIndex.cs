using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place in brackets: a number, a slice, a new dimension, an ellipsis or a tensor of indices.</summary>
    public struct TensorIndex
    {
        private enum Form { Number, Slice, NewDimension, Ellipsis, Gather }

        private Form _form;
        private long? _start;
        private long? _stop;
        private long? _step;
        private Tensor? _tensor;

        public static TensorIndex Ellipsis = new() { _form = Form.Ellipsis };
        public static TensorIndex None = new() { _form = Form.NewDimension };
        public static TensorIndex Null = None;
        public static TensorIndex Colon = Slice();

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { _form = Form.Slice, _start = start, _stop = stop, _step = step };

        public static TensorIndex Slice(Range range) => Slice(From(range.Start), range.End.Equals(Index.End) ? null : From(range.End));

        public static TensorIndex Single(long? index) => index is { } number ? (TensorIndex)number : None;

        public static TensorIndex Tensor(Tensor tensor) => new() { _form = Form.Gather, _tensor = tensor };

        public static implicit operator TensorIndex(long value) => new() { _form = Form.Number, _start = value };

        public static implicit operator TensorIndex(Index index) => From(index);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        internal static Tensor Apply(Tensor self, ReadOnlySpan<TensorIndex> indices)
        {
            int consumed = 0;
            foreach (TensorIndex index in indices)
                consumed += index._form is Form.NewDimension or Form.Ellipsis ? 0 : 1;

            var gathers = new List<Tensor?>();
            Tensor view = self.alias();
            int dimension = 0;
            foreach (TensorIndex index in indices)
            {
                using Tensor before = view;
                switch (index._form)
                {
                    case Form.Number:
                        view = before.select(dimension, index._start!.Value);
                        break;
                    case Form.Slice:
                        view = Operator.Call("slice.Tensor", before, dimension++, index._start, index._stop, index._step ?? 1);
                        break;
                    case Form.NewDimension:
                        view = before.unsqueeze(dimension++);
                        break;
                    case Form.Ellipsis:
                        dimension += (int)self.dim() - consumed;
                        view = before.alias();
                        break;
                    default:
                        while (gathers.Count < dimension)
                            gathers.Add(null);
                        gathers.Add(index._tensor);
                        dimension++;
                        view = before.alias();
                        break;
                }
            }
            if (gathers.Count == 0)
                return view;
            using (view)
                return Operator.Call("index.Tensor", view, gathers.ToArray());
        }

        private static long From(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
