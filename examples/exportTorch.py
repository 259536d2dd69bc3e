"""Writes a network of PyTorch as a folder that blindspot reads: model.json and weights.bin, with mean and std preprocess.json.

    from exportTorch import export
    export(network, [1, 28, 28], 'DIR', mean=0.1307, std=0.3081)    # of transforms.Normalize; without it leave them out

The network is traced by torch.fx: layers and functions of images, channels first, one after the other or in branches. What it cannot
say in layers is an error that names it. A softmax or log-softmax at the end is left out: blindspot wants logits.
"""
import json
import operator
import os

import numpy as np
import torch
import torch.fx
import torch.nn.functional as F
from torch import nn


def pair(value):
    return [value, value] if isinstance(value, int) else list(value)


class Writer:
    """Keras' layers of a traced network, channels last; a value is a layer's name and its shape in PyTorch, without the batch."""

    def __init__(self, shape):
        self.layers, self.weights, self.data = [], [], []
        self.count = 0
        last = [*shape[1:], shape[0]] if len(shape) == 3 else list(shape)
        self.layers.append({'class_name': 'InputLayer', 'name': 'input', 'config': {'name': 'input', 'batch_input_shape': [None, *last]}, 'inbound_nodes': []})

    def add(self, class_name, inputs, config, weights=(), name=None):
        self.count += 1
        name = name or f'{class_name.lower()}_{self.count}'
        nodes = [[[one, 0, 0, {}] for one in inputs]]
        self.layers.append({'class_name': class_name, 'name': name, 'config': {'name': name, **config}, 'inbound_nodes': nodes})
        for key, value in weights:
            value = np.ascontiguousarray(value.detach().cpu().numpy(), 'float32')
            self.weights.append({'name': f'{name}/{key}', 'shape': list(value.shape), 'dtype': 'float32'})
            self.data.append(value.tobytes())
        return name

    def padded(self, x, padding):
        """What PyTorch pads on all sides: TensorFlow's 'same' is another."""
        rows, columns = pair(padding)
        if rows == columns == 0:
            return x
        return self.add('ZeroPadding2D', [x], {'padding': [[rows, rows], [columns, columns]]})

    def flatten(self, x, shape):
        if len(shape) == 3:
            # PyTorch counts channel by channel
            if shape[0] > 1 and shape[1] * shape[2] > 1:
                x = self.add('Permute', [x], {'dims': [3, 1, 2]})
            x = self.add('Flatten', [x], {})
        return x

    def module(self, m, x, shape, name):
        name = name.replace('.', '_')
        if isinstance(m, nn.Linear):
            if len(shape) != 1:
                raise ValueError(f'{name}: Linear of {shape}: flatten the images first')
            bias = [('bias', m.bias)] if m.bias is not None else []
            return self.add('Dense', [x], {'units': m.out_features, 'use_bias': bool(bias), 'activation': 'linear'}, [('kernel', m.weight.T), *bias], name)
        if isinstance(m, nn.Conv2d):
            if m.padding_mode != 'zeros':
                raise ValueError(f'{name}: padding_mode {m.padding_mode}')
            padding = m.padding
            if padding == 'same':
                padding = [d * (k - 1) // 2 for d, k in zip(m.dilation, m.kernel_size)]
            x = self.padded(x, [0, 0] if padding == 'valid' else padding)
            bias = [('bias', m.bias)] if m.bias is not None else []
            config = {'kernel_size': list(m.kernel_size), 'strides': list(m.stride), 'dilation_rate': list(m.dilation), 'padding': 'valid', 'use_bias': bool(bias), 'activation': 'linear'}
            if m.groups == m.in_channels > 1 and m.out_channels == m.in_channels:
                kernel = m.weight.permute(2, 3, 0, 1)
                return self.add('DepthwiseConv2D', [x], {**config, 'depth_multiplier': 1}, [('depthwise_kernel', kernel), *bias], name)
            return self.add('Conv2D', [x], {**config, 'filters': m.out_channels, 'groups': m.groups}, [('kernel', m.weight.permute(2, 3, 1, 0)), *bias], name)
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            affine = [('gamma', m.weight), ('beta', m.bias)] if m.affine else []
            moving = [('moving_mean', m.running_mean), ('moving_variance', m.running_var)]
            return self.add('BatchNormalization', [x], {'axis': -1, 'epsilon': m.eps, 'center': m.affine, 'scale': m.affine}, affine + moving, name)
        if isinstance(m, (nn.MaxPool2d, nn.AvgPool2d)):
            if pair(m.padding) != [0, 0] or m.ceil_mode:
                raise ValueError(f'{name}: pooling with padding or ceil_mode')
            kind = 'MaxPooling2D' if isinstance(m, nn.MaxPool2d) else 'AveragePooling2D'
            return self.add(kind, [x], {'pool_size': pair(m.kernel_size), 'strides': pair(m.stride), 'padding': 'valid'}, name=name)
        if isinstance(m, nn.AdaptiveAvgPool2d) and pair(m.output_size) == [1, 1]:
            x = self.add('GlobalAveragePooling2D', [x], {}, name=name)
            return self.add('Reshape', [x], {'target_shape': [1, 1, shape[0]]})
        if isinstance(m, nn.Flatten):
            return self.flatten(x, shape)
        if isinstance(m, (nn.Dropout, nn.Dropout2d, nn.Identity)):
            return x
        if isinstance(m, (nn.Softmax, nn.LogSoftmax)):
            return self.add('Softmax', [x], {'axis': -1}, name=name)
        if isinstance(m, nn.LeakyReLU):
            return self.add('LeakyReLU', [x], {'alpha': m.negative_slope}, name=name)
        names = {nn.ReLU: 'relu', nn.ReLU6: 'relu6', nn.ELU: 'elu', nn.SELU: 'selu', nn.Sigmoid: 'sigmoid', nn.Tanh: 'tanh', nn.SiLU: 'swish', nn.GELU: 'gelu', nn.Softplus: 'softplus', nn.Mish: 'mish'}
        if type(m) in names:
            return self.add('Activation', [x], {'activation': names[type(m)]}, name=name)
        raise ValueError(f'{name}: {type(m).__name__} has no layer here')


FUNCTIONS = {
    **{one: nn.ReLU for one in [F.relu, torch.relu, 'relu', 'relu_']},
    **{one: nn.Sigmoid for one in [torch.sigmoid, 'sigmoid']},
    **{one: nn.Tanh for one in [torch.tanh, 'tanh']},
    **{one: nn.Softmax for one in [F.softmax, F.log_softmax, torch.softmax, torch.log_softmax, 'softmax', 'log_softmax']},
    **{one: nn.Flatten for one in [torch.flatten, 'flatten', 'view', 'reshape', torch.reshape]},
    **{one: nn.Identity for one in [F.dropout, F.dropout2d, 'contiguous']},
    **{F.silu: nn.SiLU, F.gelu: nn.GELU, F.elu: nn.ELU},
}


def export(network, input_shape, folder, mean=None, std=None):
    """input_shape: of one image as the network takes it, [channels, height, width] or [values]."""
    network = network.eval().cpu()
    traced = torch.fx.symbolic_trace(network)
    modules = dict(traced.named_modules())
    writer = Writer(list(input_shape))
    values, tensors = {}, {}
    for node in traced.graph.nodes:
        if node.op == 'output':
            (out,) = node.args
            break
        if node.op == 'placeholder':
            values[node], tensors[node] = 'input', torch.zeros(1, *input_shape)
            continue
        if node.op == 'get_attr':
            raise ValueError(f'{node.target}: a constant has no layer here')
        inputs = [one for one in torch.fx.node.map_arg(node.args, lambda n: n) if isinstance(one, torch.fx.Node)]
        given = torch.fx.node.map_arg((node.args, node.kwargs), lambda n: tensors[n])
        if node.op == 'call_module':
            tensor = modules[node.target](*given[0], **given[1])
        elif node.op == 'call_function':
            tensor = node.target(*given[0], **given[1])
        else:
            tensor = getattr(given[0][0], node.target)(*given[0][1:], **given[1])
        tensors[node] = tensor
        if not isinstance(tensor, torch.Tensor):
            continue  # a size, of which only what is made with it matters
        shape = list(tensors[inputs[0]].shape[1:]) if inputs else []
        if node.op == 'call_module':
            values[node] = writer.module(modules[node.target], values[inputs[0]], shape, str(node.target))
        elif node.target in (operator.add, operator.iadd, torch.add, 'add', 'add_') and len(inputs) == 2:
            values[node] = writer.add('Add', [values[one] for one in inputs], {})
        elif node.target in (torch.cat, torch.concat) and (node.kwargs.get('dim', node.args[1] if len(node.args) > 1 else 0)) == 1:
            values[node] = writer.add('Concatenate', [values[one] for one in node.args[0]], {'axis': -1})
        elif node.target in (F.max_pool2d, F.avg_pool2d):
            keys = ['kernel_size', 'stride', 'padding']
            own = {**dict(zip(keys, node.args[1:])), **{key: value for key, value in node.kwargs.items() if key in keys}}
            own['stride'] = own.get('stride') or own['kernel_size']
            kind = nn.MaxPool2d if 'max' in node.target.__name__ else nn.AvgPool2d
            values[node] = writer.module(kind(**own), values[inputs[0]], shape, node.name)
        elif node.target is F.leaky_relu:
            alpha = node.kwargs.get('negative_slope', node.args[1] if len(node.args) > 1 else 0.01)
            values[node] = writer.module(nn.LeakyReLU(alpha), values[inputs[0]], shape, node.name)
        elif FUNCTIONS.get(node.target) is nn.Flatten:
            if list(tensor.shape[1:]) != [int(np.prod(shape))]:
                raise ValueError(f'{node}: a change from {shape} to {list(tensor.shape[1:])} has no layer here, flattening has')
            values[node] = writer.flatten(values[inputs[0]], shape)
        elif node.target in FUNCTIONS:
            values[node] = writer.module(FUNCTIONS[node.target](), values[inputs[0]], shape, node.name)
        else:
            raise ValueError(f'{node}: {getattr(node.target, "__name__", node.target)} has no layer here')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'weights.bin'), 'wb') as file:
        file.writelines(writer.data)
    config = {'name': 'torch', 'layers': writer.layers, 'input_layers': [['input', 0, 0]], 'output_layers': [[values[out], 0, 0]]}
    with open(os.path.join(folder, 'model.json'), 'w') as file:
        topology = {'model_config': {'class_name': 'Functional', 'config': config}, 'keras_version': '2.15.0'}
        manifest = [{'paths': ['weights.bin'], 'weights': writer.weights}]
        json.dump({'format': 'layers-model', 'generatedBy': f'torch {torch.__version__}', 'modelTopology': topology, 'weightsManifest': manifest}, file)
    if mean is not None or std is not None:
        with open(os.path.join(folder, 'preprocess.json'), 'w') as file:
            json.dump({'mean': 0 if mean is None else mean, 'std': 1 if std is None else std}, file)
