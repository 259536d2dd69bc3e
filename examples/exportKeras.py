"""Writes a Keras model as a folder that blindspot reads, model.json and weights.bin: of Keras 3 with any backend, and of Keras 2.

    python exportKeras.py model.keras DIR        # also model.h5

In Python: from exportKeras import export; export(model, 'DIR'). It needs Keras alone, not tensorflowjs.
"""
import json
import os
import sys

import numpy as np


def export(model, folder):
    """Writes the model; its softmax may stay, blindspot leaves it out."""
    os.makedirs(folder, exist_ok=True)
    weights = []
    with open(os.path.join(folder, 'weights.bin'), 'wb') as file:
        for variable in model.weights:
            value = np.asarray(variable.numpy() if hasattr(variable, 'numpy') else variable, 'float32')
            name = getattr(variable, 'path', None) or variable.name
            weights.append({'name': name, 'shape': list(value.shape), 'dtype': 'float32'})
            file.write(np.ascontiguousarray(value).tobytes())
    topology = json.loads(model.to_json())
    with open(os.path.join(folder, 'model.json'), 'w') as file:
        json.dump(
            {
                'format': 'layers-model',
                'generatedBy': f'keras v{topology.get("keras_version", "3")}',
                'modelTopology': {'model_config': topology},
                'weightsManifest': [{'paths': ['weights.bin'], 'weights': weights}],
            },
            file,
        )


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if os.environ.get('TF_USE_LEGACY_KERAS') == '1':
        import tf_keras as keras
    else:
        import keras
    export(keras.models.load_model(sys.argv[1], compile=False), sys.argv[2])
