using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor einsum(string equation, params Tensor[] tensors) => Operator.Call("einsum", equation, tensors);

    public static class linalg
    {
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) =>
            Operator.Call2("linalg_qr", input, mode.ToString().ToLowerInvariant());

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) =>
            Operator.Call3("linalg_svd", input, fullMatrices);

        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Operator.Call2("linalg_eigh", input, UPLO.ToString());

        public static Tensor svdvals(Tensor input) => Operator.Call("linalg_svdvals", input);

        public static Tensor inv(Tensor input) => Operator.Call("linalg_inv", input);

        public static Tensor det(Tensor input) => Operator.Call("linalg_det", input);

        public static Tensor cholesky(Tensor input) => Operator.Call("linalg_cholesky", input);

        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Operator.Call("linalg_solve", A, B, left);

        public static Tensor solve_triangular(
            Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false, Tensor? @out = null) =>
            @out is null
                ? Operator.Call("linalg_solve_triangular", A, B, upper, left, unitriangular)
                : Operator.CallInPlace("linalg_solve_triangular.out", A, B, upper, left, unitriangular, @out);

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Operator.Call("linalg_norm", input, default, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Operator.Call("linalg_norm", input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) =>
            Operator.Call("linalg_norm.ord_str", input, ord, dims, keepdim);

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) =>
            Operator.Call("linalg_matrix_norm.str_ord", input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Operator.Call("linalg_matrix_norm", input, ord, dims ?? [-2, -1], keepdim);
    }

    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Operator.Call("matmul", this, target);
        public Tensor mm(Tensor target) => Operator.Call("mm", this, target);
        public Tensor mv(Tensor target) => Operator.Call("mv", this, target);
        public Tensor bmm(Tensor batch2) => Operator.Call("bmm", this, batch2);
        public Tensor outer(Tensor vec2) => Operator.Call("outer", this, vec2);
        public Tensor dot(Tensor target) => Operator.Call("dot", this, target);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Operator.Call("addmm", this, mat1, mat2, beta, alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Operator.Call("baddbmm", this, batch1, batch2, beta, alpha);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Operator.Call("addmv", this, mat, vec, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Operator.CallInPlace("addmm_", this, mat1, mat2, beta, alpha);
    }
}
