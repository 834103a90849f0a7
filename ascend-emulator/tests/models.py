"""Other people's ONNX models on the emulator: models.py RUN_ONNX

The cases are those of the package `onnx`: one for each operator in its usual forms, the operators as PyTorch exports
them, and whole networks (ResNet, DenseNet, Inception, SqueezeNet, ShuffleNet). Each must be computed right or be refused
with a reason, and those that are refused must be the ones in refused.txt beside this file. `--update` writes that list
anew, to be reviewed.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.runner import Runner

# What exported networks and usual vision models are made of.
OPERATORS = set("""
Abs Add ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv ConvTranspose
Cos CumSum DepthToSpace Div Dropout Einsum Elu Equal Erf Exp Expand Flatten Floor GRU Gather GatherElements GatherND Gelu
Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual HardSigmoid HardSwish Identity InstanceNormalization
LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mish Mod Mul Neg
NonMaxSuppression NonZero Not OneHot Or PRelu Pad Pow RNN Range Reciprocal ReduceL2 ReduceMax ReduceMean ReduceMin
ReduceProd ReduceSum Relu Reshape Resize Round ScatterElements ScatterND Selu Shape Sigmoid Sign Sin Size Slice Softmax
Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Where
""".split())
NETWORKS = ["densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet"]
# The tolerance of the package's own tests.
RELATIVE, ABSOLUTE = 1e-3, 1e-6
TYPES = {0: "f4", 1: "f2", 2: "i1", 3: "i4", 4: "u1", 6: "i2", 7: "u2", 8: "u4", 9: "i8", 10: "u8", 11: "f8", 12: "?"}
REFUSED = pathlib.Path(__file__).with_name("refused.txt")


def cases():
    """Name, model, inputs, wanted outputs."""
    for case in collect_testcases(None):
        operators = {node.op_type for node in case.model.graph.node}
        tensors = all(value.type.HasField("tensor_type") for value in case.model.graph.input)
        if operators <= OPERATORS and tensors and case.data_sets:
            yield case.name, case.model, *case.data_sets[0]
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data"
    for folder in sorted([*data.glob("pytorch-operator/*"), *data.glob("pytorch-converted/*")]):
        model = onnx.load(folder / "model.onnx")
        load = lambda kind: [
            numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes()))
            for path in sorted((folder / "test_data_set_0").glob(f"{kind}_*.pb"))
        ]
        yield folder.name, model, load("input"), load("output")
    for name in NETWORKS:
        model = onnx.load(data / f"light/light_{name}.onnx")
        weights = {tensor.name for tensor in model.graph.initializer}
        given = [value for value in model.graph.input if value.name not in weights]
        inputs = [Runner.generate_dummy_data(value, seed=0, name=name, random=False) for value in given]
        wanted = onnx.TensorProto.FromString((data / f"light/light_{name}_output_0.pb").read_bytes())
        yield name, model, inputs, [numpy_helper.to_array(wanted)]


def compute(program, model, inputs, folder):
    """The outputs, or the reason for refusing the model."""
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    dims = []
    for index, value in enumerate(inputs):
        value = np.asarray(value)
        (folder / f"input_{index}").write_bytes(value.tobytes())
        dims.append("x".join(map(str, value.shape)) or "scalar")
    run = subprocess.run([program, folder / "model.onnx", folder, *dims], capture_output=True, text=True, timeout=300)
    if run.returncode != 0:
        assert run.returncode == 1 and "Error: " in run.stderr, f"exit code {run.returncode}: {run.stderr}"
        return run.stderr.splitlines()[-1].removeprefix("Error: ")
    outputs = []
    for index, line in enumerate(run.stdout.splitlines()):
        kind, shape = line.split(" ", 1)
        shape = [int(dim) for dim in shape.strip("[]").split(",") if dim.strip()]
        values = np.fromfile(folder / f"output_{index}", TYPES[int(kind)])
        outputs.append(values.reshape(shape) if values.size == np.prod(shape) else values)
    return outputs


def differences(found, wanted):
    """Why the outputs are not the wanted ones; nothing if they are."""
    if len(found) != len(wanted):
        return f"{len(found)} outputs, wanted {len(wanted)}"
    for index, (a, b) in enumerate(zip(found, wanted)):
        b = np.asarray(b)
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"output {index} is {a.dtype} {a.shape}, wanted {b.dtype} {b.shape}"
        if not np.allclose(a.astype("f8"), b.astype("f8"), RELATIVE, ABSOLUTE, equal_nan=True):
            return f"output {index} differs by {np.abs(a.astype('f8') - b.astype('f8')).max()}"
    return None


def main():
    program = sys.argv[1]
    right, wrong, refused = [], [], {}
    for name, model, inputs, wanted in cases():
        with tempfile.TemporaryDirectory() as folder:
            outcome = compute(program, model, inputs, pathlib.Path(folder))
        if isinstance(outcome, str):
            refused[name] = outcome
        elif why := differences(outcome, wanted):
            wrong.append(f"{name}: {why}")
        else:
            right.append(name)
    print(f"{len(right)} right, {len(refused)} refused, {len(wrong)} wrong")
    if "--update" in sys.argv:
        REFUSED.write_text("".join(f"{name}\n" for name in sorted(refused)))
        for name, why in sorted(refused.items()):
            print(f"refused: {name}: {why}")
    known = set(REFUSED.read_text().split())
    for name in sorted(known ^ set(refused)):
        wrong.append(f"{name}: " + ("is no longer refused" if name in known else f"is refused: {refused[name]}"))
    print("\n".join(wrong))
    assert len(right) > 500 and all(name in right for name in NETWORKS), "too few were computed"
    sys.exit(1 if wrong else 0)


main()
